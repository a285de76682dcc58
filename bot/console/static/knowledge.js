// The knowledge rooms: more rows in a form, all rows of a list at once. Everything works without.
(() => {
  for (const button of document.querySelectorAll("[data-add]")) {
    const table = button.closest("section").querySelector("[data-rows]");
    button.hidden = false;
    button.addEventListener("click", () => {
      const last = table.tBodies[0].lastElementChild;
      const row = last.cloneNode(true);
      row.querySelectorAll(".wrong").forEach((item) => item.remove());
      for (const field of row.querySelectorAll("input, textarea, select")) {
        field.removeAttribute("id");
        field.removeAttribute("aria-invalid");
        field.removeAttribute("aria-describedby");
        field.value = field.tagName === "SELECT" ? field.options[0].value : "";
        field.setAttribute("aria-label", (field.getAttribute("aria-label") || "").replace(/\d+/, table.tBodies[0].rows.length + 1));
      }
      table.tBodies[0].append(row);
      row.querySelector("input, textarea, select").focus();
    });
  }
  const all = document.querySelector("[data-all]");
  if (all) {
    all.hidden = false;
    all.addEventListener("change", () => {
      for (const tick of document.querySelectorAll("input[name=id][type=checkbox]")) tick.checked = all.checked;
    });
  }

  const upload = document.querySelector("[data-upload]");
  if (upload) {
    const file = upload.querySelector("input[type=file]");
    const drop = upload.querySelector("[data-drop]");
    const fault = upload.querySelector("[data-upload-fault]");
    const bar = upload.querySelector("[data-upload-progress]");
    for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
      drop.addEventListener(kind, (event) => {
        event.preventDefault();
        drop.classList.toggle("over", kind === "dragenter" || kind === "dragover");
      });
    }
    drop.addEventListener("drop", (event) => {
      if (!event.dataTransfer.files.length) return;
      file.files = event.dataTransfer.files;
      upload.requestSubmit();
    });
    upload.addEventListener("submit", (event) => {
      event.preventDefault();
      const request = new XMLHttpRequest();
      request.open("POST", upload.action);
      request.setRequestHeader("Accept", "application/json");
      request.setRequestHeader("X-Form-Token", document.querySelector("meta[name=form-token]").content);
      request.upload.addEventListener("progress", (sent) => {
        bar.hidden = false;
        if (sent.lengthComputable) bar.value = (100 * sent.loaded) / sent.total;
      });
      const fail = () => {
        let said = "";
        try { said = JSON.parse(request.responseText).error.message; } catch { said = request.statusText; }
        fault.textContent = said || fault.dataset.lost;
        fault.hidden = false;
        bar.hidden = true;
      };
      request.addEventListener("load", () => (request.status < 400 ? location.assign(request.responseURL) : fail()));
      request.addEventListener("error", fail);
      request.send(new FormData(upload));
    });
  }
  const watched = document.querySelector("[data-watch]");
  if (watched) {
    const bar = watched.querySelector("progress");
    const look = async () => {
      try {
        const told = await (await fetch(watched.dataset.watch)).json();
        if (!told.is_running) return location.reload();
        if (told.total) bar.value = (100 * told.done) / told.total;
      } catch { /* the server may be restarting: look again */ }
      setTimeout(look, 1000);
    };
    setTimeout(look, 500);
  }
})();
