// Rejects a file that is too large before it is sent; without JavaScript the server does.
import { megabytes } from "./format.js";

// On the document, because htmx may replace the form.
document.addEventListener("change", ({ target }) => {
  const limit = Number(target.dataset?.maxBytes);
  if (!limit || !target.files) return;
  const size = target.files[0]?.size ?? 0;
  const isTooLarge = size > limit;
  target.setCustomValidity(isTooLarge ? `This file is ${megabytes(size)}. The limit for a logo is ${megabytes(limit)}.` : "");
  if (isTooLarge) target.reportValidity();
});
