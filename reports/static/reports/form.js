// The form above a report: an address says what was asked for and no more, and a time chosen by its name keeps it.

const form = document.getElementById("filters");

const isUntouched = (name) => {
  const field = form.elements[name];
  return !field || field.value === field.defaultValue;
};

form?.addEventListener("formdata", ({ formData }) => {
  if (form.dataset.period && isUntouched("from") && isUntouched("to")) {
    formData.delete("from");
    formData.delete("to");
    formData.set("period", form.dataset.period);
  }
  if (formData.get("to") === formData.get("from")) formData.delete("to");
  for (const [name, value] of [...formData]) if (!value.trim()) formData.delete(name);
});

form?.addEventListener("change", (event) => event.target.matches("select") && form.requestSubmit());
