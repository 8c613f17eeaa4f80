// Drop, pick or paste in one zone, with progress. Without JavaScript the plain form works.
import { megabytes } from "./format.js";

const PASTE_LIMIT_CHARACTERS = 1_000_000; // longer pastes travel as a file, which has no such limit
const form = document.getElementById("upload-form");
const file = document.getElementById("upload-file");
const text = document.getElementById("upload-text");
const submit = document.getElementById("upload-submit");
const error = document.getElementById("upload-error");
const state = document.getElementById("upload-state");
const bar = document.getElementById("upload-bar");
const words = document.getElementById("upload-words");

function fail(message) {
  state.hidden = true;
  submit.disabled = false;
  const line = document.createElement("p");
  line.className = "field-error";
  line.textContent = message;
  error.replaceChildren(line);
}

function content() {
  const body = new FormData(form);
  if (text.value.length > PASTE_LIMIT_CHARACTERS) {
    body.set("file", new File([text.value], "pasted.txt", { type: "text/plain" }));
    body.delete("text");
  }
  return body;
}

function send() {
  const body = content();
  const size = body.get("file")?.size ?? 0;
  if (size > Number(form.dataset.maxBytes)) {
    fail(`This file is ${megabytes(size)}. The limit is ${megabytes(Number(form.dataset.maxBytes))}.`);
    return;
  }
  error.replaceChildren();
  submit.disabled = true;
  state.hidden = false;
  const request = new XMLHttpRequest();
  request.upload.addEventListener("progress", (event) => {
    bar.value = event.total ? event.loaded / event.total : 0;
    words.textContent = event.loaded < event.total ? `${megabytes(event.loaded)} of ${megabytes(event.total)} sent` : "Reading the file…";
  });
  request.addEventListener("load", () => arrive(request));
  request.addEventListener("error", () => fail("The upload was interrupted. Check the connection and try again."));
  request.open("POST", form.action);
  request.send(body);
}

function arrive(request) {
  if (request.status < 400) {
    location.assign(request.responseURL);
    return;
  }
  const answer = new DOMParser().parseFromString(request.responseText, "text/html");
  const said = answer.getElementById("upload-error")?.textContent.trim();
  fail(said || `The server returned an error (${request.status}). Try again or use a smaller file.`);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
file.addEventListener("change", () => file.files.length && send());
for (const name of ["dragenter", "dragover"]) {
  document.addEventListener(name, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    form.classList.add("is-over");
  });
}
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) form.classList.remove("is-over");
});
document.addEventListener("drop", (event) => {
  if (!event.dataTransfer?.files.length) return;
  event.preventDefault();
  form.classList.remove("is-over");
  file.files = event.dataTransfer.files;
  send();
});
