// The slider of likely suggestions and its number field show one value; htmx asks for the counts.

const form = document.getElementById("sure-from");
const range = form.querySelector("[type=range]");
const number = form.elements.from;

range.hidden = false;
range.addEventListener("input", () => { number.value = Number(range.value).toFixed(2); });
number.addEventListener("input", () => { if (number.validity.valid) range.value = number.value; });
