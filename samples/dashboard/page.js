import "./pbp-send.js";

document.querySelector("#all").addEventListener("change", ({ target }) => {
  for (const box of document.querySelectorAll("#notes input")) box.checked = target.checked;
});
