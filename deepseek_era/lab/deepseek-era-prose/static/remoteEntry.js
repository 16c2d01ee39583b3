// Prose cells (%%prose) read and type like Markdown cells in JupyterLab: the text alone after a run, Markdown colours and
// wrapped lines while typing, a double click to open. Written by hand as the container that JupyterLab loads: no build.
// Without it nothing is lost: the numbers come from the kernel, and a click on the folded input opens it.
(() => {
  "use strict";
  const NAME = "deepseek-era-prose";
  const MARKDOWN = "text/x-ipythongfm";
  const known = new WeakSet();

  const isProse = (cell) =>
    cell.model.type === "code" && cell.model.sharedModel.getSource().startsWith("%%prose");
  const hasFailed = (cell) =>
    cell.model.outputs.toJSON().some((output) => output.output_type === "error");

  function adopt(cell) {
    if (known.has(cell) || !isProse(cell)) return;
    known.add(cell);
    cell.addClass("jp-mod-prose");
    const asMarkdown = () => {
      if (!isProse(cell)) return;
      if (cell.model.mimeType !== MARKDOWN) cell.model.mimeType = MARKDOWN;
      cell.editor?.setOption?.("lineWrap", true);
    };
    asMarkdown();
    // the kernel's language sets the type again, and an editor is made only when its cell scrolls into view
    cell.model.mimeTypeChanged.connect(asMarkdown);
    cell.inViewportChanged?.connect(asMarkdown);
    // a text that has not run, or that could not be filled, stays open: there is something to see to
    const fold = () => { cell.inputHidden = cell.model.outputs.length > 0 && !hasFailed(cell); };
    if (cell.model.outputs.length === 0) cell.inputHidden = false;
    cell.model.stateChanged.connect((_, change) => {
      if (change.name === "executionCount" && change.newValue) fold();
    });
    cell.model.outputs.changed.connect(() => { if (hasFailed(cell)) cell.inputHidden = false; });
  }

  function watch(panel) {
    const notebook = panel.content;
    const adoptAll = () => notebook.widgets.forEach(adopt);
    panel.context.ready.then(() => {
      adoptAll();
      notebook.model.cells.changed.connect(() => setTimeout(adoptAll, 0));
      // a cell that becomes prose by typing is adopted when it runs
      panel.sessionContext.iopubMessage.connect((_, message) => {
        if (message.header.msg_type === "execute_input") adoptAll();
      });
    });
    notebook.node.addEventListener("dblclick", (event) => {
      if (event.target.closest(".jp-InputArea-editor")) return;
      const index = notebook.widgets.findIndex((cell) => known.has(cell) && cell.node.contains(event.target));
      if (index < 0) return;
      notebook.widgets[index].inputHidden = false;
      notebook.activeCellIndex = index;
      notebook.mode = "edit";
    });
  }

  const style = document.createElement("style");
  style.textContent =
    ".jp-mod-prose .jp-InputPlaceholder{display:none}.jp-mod-prose .jp-OutputArea-output{cursor:text}";
  document.head.append(style);

  const plugin = {
    id: `${NAME}:plugin`,
    autoStart: true,
    activate: (app) => { app.docRegistry.addWidgetExtension("Notebook", { createNew: watch }); },
  };
  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB[NAME] = { init() {}, get: async () => () => ({ __esModule: true, default: plugin }) };
})();
