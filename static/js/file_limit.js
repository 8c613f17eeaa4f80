// Says that a file is too large before it is sent; without it the server says so.

function megabytes(bytes) {
  return `${(bytes / 1_048_576).toFixed(1)} MB`;
}

// The form may be swapped by htmx, so the page listens, not the field.
document.addEventListener("change", ({ target }) => {
  const limit = Number(target.dataset?.maxBytes);
  if (!limit || !target.files) return;
  const size = target.files[0]?.size ?? 0;
  const isTooLarge = size > limit;
  target.setCustomValidity(isTooLarge ? `This file is ${megabytes(size)}. The limit for a logo is ${megabytes(limit)}.` : "");
  if (isTooLarge) target.reportValidity();
});
