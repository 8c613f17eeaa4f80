// Searches by a picture that is pasted into the search field or dropped on it.
import { announce } from "./toasts.js";

const field = document.querySelector("#search[data-pictures]");

async function send(event, transfer) {
  const picture = [...(transfer?.files ?? [])].find((file) => file.type.startsWith("image/"));
  if (!picture) return;
  event.preventDefault();
  const body = new FormData();
  body.append("picture", picture);
  const headers = JSON.parse(document.body.getAttribute("hx-headers"));
  const answer = await fetch(field.dataset.pictures, { method: "POST", body, headers });
  if (answer.ok) location.href = answer.url;
  else announce("The picture could not be sent. Try again.");
}

field?.addEventListener("paste", (event) => send(event, event.clipboardData));
field?.addEventListener("drop", (event) => send(event, event.dataTransfer));
field?.addEventListener("dragover", (event) => event.preventDefault());
