// @ts-check
// The script of a report: theme, timeline, table of flows. It only ever writes text into elements, never markup.
(() => {
  "use strict";

  const PAGE_ROWS = 100;
  const FINDINGS = ["asymmetric", "return-missing", "internet-instead", "expressroute-instead", "mixed"];
  const VERDICTS = [...FINDINGS, "unproven", "ok", "not-office365"];
  const root = document.documentElement;

  /** @param {string} id */
  const byId = (id) => document.getElementById(id);
  /** @param {string} id @returns {any} */
  const dataOf = (id) => JSON.parse(byId(id)?.textContent ?? "null");
  /** @param {string} name */
  const color = (name) => getComputedStyle(root).getPropertyValue(`--${name}`).trim();

  /**
   * @param {string} tag
   * @param {string} [text]
   * @param {string} [className]
   */
  function element(tag, text, className) {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  }

  // Light or dark: as the system says, until the reader chooses.
  const system = matchMedia("(prefers-color-scheme: dark)");
  /** @type {(() => void)[]} */
  const onTheme = [];
  let chosen = false;
  /** @param {string} theme */
  function setTheme(theme) {
    root.dataset.theme = theme;
    const button = byId("theme");
    if (button !== null) button.textContent = theme === "dark" ? "Light" : "Dark";
    for (const redraw of onTheme) redraw();
  }
  setTheme(system.matches ? "dark" : "light");
  system.addEventListener("change", () => {
    if (!chosen) setTheme(system.matches ? "dark" : "light");
  });
  const themeButton = byId("theme");
  if (themeButton !== null) {
    themeButton.hidden = false;
    themeButton.addEventListener("click", () => {
      chosen = true;
      setTheme(root.dataset.theme === "dark" ? "light" : "dark");
    });
  }
  // Paper is white.
  let before = "";
  addEventListener("beforeprint", () => {
    before = root.dataset.theme ?? "light";
    if (before === "dark") setTheme("light");
  });
  addEventListener("afterprint", () => {
    if (before === "dark") setTheme("dark");
  });

  drawTimeline();
  showFlows();

  function drawTimeline() {
    const data = dataOf("timeline-data");
    const section = byId("timeline");
    const place = byId("chart");
    const uPlot = /** @type {any} */ (window).uPlot;
    if (data === null || data.times.length === 0 || section === null || place === null || !uPlot) return;
    section.hidden = false;
    const bucket = byId("bucket");
    if (bucket !== null) bucket.textContent = `, in steps of ${stepText(data.width)}`;
    const measure = /** @type {HTMLSelectElement | null} */ (byId("measure"));
    const titles = {
      expressroute: "ExpressRoute",
      internet: "Internet",
      mixed: "moved",
      other: "other path",
      local: "local",
      unknown: "unknown",
    };
    // No tick within a step, where several would show the same time.
    const tickSeconds = [
      ...[1, 2, 5, 10, 15, 30],
      ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * 60),
      ...[1, 2, 3, 4, 6, 8, 12].map((hours) => hours * 3600),
      ...[1, 2, 5, 10, 30, 90, 365, 1825, 18_250].map((days) => days * 86_400),
    ];
    /** @type {any} */
    let chart;

    function draw() {
      const values = measure?.value === "bytes" ? data.bytes : data.flows;
      const used = data.paths
        .map((/** @type {keyof typeof titles} */ path, /** @type {number} */ i) => ({
          path,
          values: values[i],
        }))
        .filter((/** @type {{values: number[]}} */ item) => item.values.some((value) => value > 0));
      // Each band stands on those before it; the highest is drawn first, the others over it.
      const sums = data.times.map(() => 0);
      const bands = used.map((/** @type {any} */ item) => ({
        ...item,
        top: item.values.map((/** @type {number} */ value, /** @type {number} */ i) => (sums[i] += value)),
      }));
      bands.reverse();
      const bars = uPlot.paths.bars({ size: [0.9, 60], align: 1 });
      const bytes = measure?.value === "bytes";
      const text = bytes ? bytesText : (/** @type {number} */ value) => value.toLocaleString("en-US");
      const series = [
        { label: "from (UTC)", value: (/** @type {any} */ _u, /** @type {number} */ at) => momentText(at) },
        ...bands.map((/** @type {any} */ band) => ({
          label: titles[/** @type {keyof typeof titles} */ (band.path)],
          stroke: color(band.path),
          fill: color(band.path),
          width: 0,
          points: { show: false },
          paths: bars,
          value: (
            /** @type {any} */ _u,
            /** @type {any} */ _v,
            /** @type {any} */ _s,
            /** @type {number} */ i,
          ) => (i === null || i === undefined ? "–" : text(band.values[i])),
        })),
      ];
      const lists = [data.times, ...bands.map((/** @type {any} */ band) => band.top)];
      if (!bytes && data.findings.some((/** @type {number} */ count) => count > 0)) {
        series.push({
          label: "findings",
          stroke: color("bad"),
          width: 2,
          points: { show: data.times.length < 200, size: 5 },
          value: (/** @type {any} */ _u, /** @type {any} */ value) =>
            value === null || value === undefined ? "–" : text(value),
        });
        lists.push(data.findings);
      }
      const times = (/** @type {any} */ _u, /** @type {number[]} */ ticks) => {
        let day = "";
        return ticks.map((tick) => {
          const moment = momentText(tick);
          const date = moment.slice(0, 10) === day ? "" : `\n${moment.slice(0, 10)}`;
          day = moment.slice(0, 10);
          return `${moment.slice(11, data.width < 60 ? 19 : 16)}${date}`;
        });
      };
      const axis = {
        stroke: color("dim"),
        grid: { stroke: color("line"), width: 1 },
        ticks: { stroke: color("line") },
      };
      chart?.destroy();
      chart = new uPlot(
        {
          width: Math.max(280, place?.clientWidth ?? 600),
          height: 280,
          tzDate: (/** @type {number} */ at) => uPlot.tzDate(new Date(at * 1000), "Etc/UTC"),
          scales: {
            x: {
              range: (/** @type {any} */ _u, /** @type {number} */ from, /** @type {number} */ to) => [
                from,
                to + data.width,
              ],
            },
            y: {
              range: (/** @type {any} */ _u, /** @type {number} */ _from, /** @type {number} */ to) => [
                0,
                Math.max(1, to * 1.05),
              ],
            },
          },
          axes: [
            {
              ...axis,
              values: times,
              space: 80,
              size: 46,
              incrs: tickSeconds.filter((step) => step >= data.width),
            },
            {
              ...axis,
              size: 70,
              values: (/** @type {any} */ _u, /** @type {number[]} */ ticks) =>
                ticks.map((value) => (Number.isInteger(value) || bytes ? text(value) : "")),
            },
          ],
          series,
          legend: { live: true },
        },
        lists,
        place,
      );
    }

    draw();
    onTheme.push(draw);
    measure?.addEventListener("change", draw);
    let waiting = 0;
    addEventListener("resize", () => {
      clearTimeout(waiting);
      waiting = setTimeout(
        () => chart?.setSize({ width: Math.max(280, place.clientWidth), height: 280 }),
        100,
      );
    });
  }

  function showFlows() {
    const data = dataOf("flow-data");
    const table = byId("flow-table");
    if (data === null || table === null || data.rows.length === 0) return;
    const at = Object.fromEntries(
      data.columns.map((/** @type {string} */ name, /** @type {number} */ i) => [name, i]),
    );
    /** @param {any[]} row @param {string} name */
    const cell = (row, name) => row[at[name] ?? -1] ?? null;
    /** @param {any[]} row @param {string} side */
    const end = (row, side) => {
      const address = String(cell(row, `${side}_ip`) ?? "");
      return `${address.includes(":") ? `[${address}]` : address}:${cell(row, `${side}_port`) ?? ""}`;
    };
    /** @param {any[]} row */
    const service = (row) =>
      cell(row, "service_area") === null
        ? "outside Office 365"
        : [cell(row, "service_area"), cell(row, "category")].filter(Boolean).join(" ");
    /** @param {any[]} row @param {string} way */
    const path = (row, way) => String(cell(row, `path_${way}`) ?? "");
    /** @param {any[]} row */
    const bytes = (row) => Number(cell(row, "bytes_out") ?? 0) + Number(cell(row, "bytes_back") ?? 0);
    /** @param {any[]} row */
    const carries = (row) =>
      [cell(row, "application"), cell(row, "modality") ?? cell(row, "traffic_type")]
        .filter(Boolean)
        .join(", ");

    /** @type {{title: string, className: string, value: (row: any[]) => any, show?: (row: any[], td: HTMLElement) => void}[]} */
    const columns = [
      {
        title: "Verdict",
        className: "",
        value: (row) => rank(row),
        show: (row, td) => {
          const word = String(cell(row, "verdict") ?? "");
          td.append(element("span", word, `badge ${toneOf(word)}`));
        },
      },
      { title: "Client", className: "address", value: (row) => end(row, "client") },
      {
        title: "Server",
        className: "address",
        value: (row) => cell(row, "host") ?? end(row, "server"),
        show: (row, td) => {
          const host = cell(row, "host");
          td.textContent = host === null ? end(row, "server") : String(host);
          if (host !== null) td.append(element("div", end(row, "server"), "dim"));
        },
      },
      {
        title: "Service",
        className: "service",
        value: service,
        show: (row, td) => {
          td.append(service(row), element("div", carries(row), "dim"));
        },
      },
      {
        title: "Out",
        className: "path",
        value: (row) => path(row, "out"),
        show: (row, td) => showPath(td, path(row, "out"), cell(row, "path_out_name")),
      },
      {
        title: "Back",
        className: "path",
        value: (row) => path(row, "back"),
        show: (row, td) => showPath(td, path(row, "back"), cell(row, "path_back_name")),
      },
      {
        title: "Start (UTC)",
        className: "when",
        value: (row) => cell(row, "start"),
        show: (row, td) => {
          td.textContent = String(cell(row, "start") ?? "–")
            .slice(0, 19)
            .replace("T", " ");
        },
      },
      {
        title: "Quality",
        className: "",
        value: (row) => cell(row, "quality"),
        show: (row, td) => {
          td.textContent = String(cell(row, "quality") ?? "");
          if (cell(row, "quality") === "poor") td.className = "bad-text";
        },
      },
      {
        title: "Bytes",
        className: "n",
        value: bytes,
        show: (row, td) => {
          td.textContent = bytesText(bytes(row));
        },
      },
    ];

    /** Findings before all others. @param {any[]} row */
    const rank = (row) => VERDICTS.indexOf(String(cell(row, "verdict")));

    const search = /** @type {HTMLInputElement} */ (byId("search"));
    const verdict = /** @type {HTMLSelectElement} */ (byId("verdict"));
    const serviceChoice = /** @type {HTMLSelectElement} */ (byId("service"));
    const pathChoice = /** @type {HTMLSelectElement} */ (byId("path"));
    fill(
      verdict,
      data.rows.map((/** @type {any[]} */ row) => cell(row, "verdict")),
    );
    fill(serviceChoice, data.rows.map(service));
    fill(
      pathChoice,
      data.rows.flatMap((/** @type {any[]} */ row) => [path(row, "out"), path(row, "back")]),
    );

    /** @type {any[][]} */
    let matching = data.rows;
    let page = 0;
    // Findings first, until the reader sorts otherwise.
    let sorted = columns.findIndex(({ title }) => title === "Verdict");
    let direction = 1;
    /** Text of a row, once it was searched. @type {Map<any[], string>} */
    const texts = new Map();
    /** @param {any[]} row */
    const textOf = (row) => {
      let text = texts.get(row);
      if (text === undefined)
        texts.set(
          row,
          (text = row
            .filter((value) => value !== null)
            .join(" ")
            .toLowerCase()),
        );
      return text;
    };

    const head = element("tr");
    head.append(element("th"));
    columns.forEach((column, i) => {
      const th = element("th", undefined, column.className === "n" ? "n" : "");
      th.setAttribute("scope", "col");
      const button = element("button", column.title, "sort");
      button.addEventListener("click", () => {
        direction = sorted === i ? -direction : 1;
        sorted = i;
        filter();
      });
      th.append(button);
      head.append(th);
    });
    table.querySelector("thead")?.append(head);

    function filter() {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      matching = data.rows.filter((/** @type {any[]} */ row) => {
        const word = cell(row, "verdict");
        if (
          verdict.value === "findings"
            ? !FINDINGS.includes(word)
            : verdict.value !== "" && word !== verdict.value
        )
          return false;
        if (serviceChoice.value !== "" && service(row) !== serviceChoice.value) return false;
        if (
          pathChoice.value !== "" &&
          path(row, "out") !== pathChoice.value &&
          path(row, "back") !== pathChoice.value
        )
          return false;
        return words.every((text) => textOf(row).includes(text));
      });
      const column = columns[sorted];
      if (column !== undefined) {
        const keyed = matching.map((row) => ({ row, key: column.value(row) }));
        keyed.sort((a, b) => direction * compared(a.key, b.key));
        matching = keyed.map(({ row }) => row);
      }
      head.querySelectorAll("th").forEach((th, i) => {
        if (i === sorted + 1 && sorted >= 0)
          th.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
        else th.removeAttribute("aria-sort");
      });
      page = 0;
      render();
    }

    function render() {
      const body = table?.querySelector("tbody");
      const pages = Math.max(1, Math.ceil(matching.length / PAGE_ROWS));
      const rows = matching.slice(page * PAGE_ROWS, (page + 1) * PAGE_ROWS).map((row) => {
        const tr = element("tr");
        const first = element("td");
        const open = element("button", "▸", "open-row");
        open.setAttribute("aria-expanded", "false");
        open.setAttribute("aria-label", "Details of this flow");
        open.addEventListener("click", () => toggle(tr, row, open));
        first.append(open);
        tr.append(first);
        for (const column of columns) {
          const td = element("td", undefined, column.className);
          if (column.show === undefined) td.textContent = String(column.value(row) ?? "");
          else column.show(row, td);
          tr.append(td);
        }
        return tr;
      });
      body?.replaceChildren(...rows);
      const matched = byId("matched");
      if (matched !== null)
        matched.textContent = `${matching.length.toLocaleString("en-US")} of ${data.rows.length.toLocaleString("en-US")} flows`;
      const number = byId("page");
      if (number !== null) number.textContent = `Page ${page + 1} of ${pages}`;
      /** @type {HTMLButtonElement} */ (byId("previous")).disabled = page === 0;
      /** @type {HTMLButtonElement} */ (byId("next")).disabled = page + 1 >= pages;
    }

    /** @param {HTMLElement} tr @param {any[]} row @param {HTMLElement} open */
    function toggle(tr, row, open) {
      const next = tr.nextElementSibling;
      const shown = next !== null && next.classList.contains("detail");
      open.setAttribute("aria-expanded", String(!shown));
      open.textContent = shown ? "▸" : "▾";
      if (shown) {
        next.remove();
        return;
      }
      const list = element("dl");
      data.columns.forEach((/** @type {string} */ name, /** @type {number} */ i) => {
        const value = row[i];
        if (value === null || value === "") return;
        list.append(element("dt", name));
        const text = element("dd");
        if (name === "wireshark_filter" || name === "flow_id") text.append(element("code", String(value)));
        else text.textContent = String(value);
        list.append(text);
      });
      const detail = element("tr", undefined, "detail");
      const td = element("td");
      td.setAttribute("colspan", String(columns.length + 1));
      td.append(list);
      detail.append(td);
      tr.after(detail);
    }

    for (const choice of [verdict, serviceChoice, pathChoice]) choice.addEventListener("change", filter);
    let waiting = 0;
    search.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(filter, 120);
    });
    byId("reset")?.addEventListener("click", () => {
      search.value = verdict.value = serviceChoice.value = pathChoice.value = "";
      sorted = columns.findIndex(({ title }) => title === "Verdict");
      direction = 1;
      filter();
    });
    byId("previous")?.addEventListener("click", () => {
      page -= 1;
      render();
    });
    byId("next")?.addEventListener("click", () => {
      page += 1;
      render();
    });
    document.querySelectorAll("[data-verdict]").forEach((tile) => {
      tile.addEventListener("click", () => {
        const wanted = tile.getAttribute("data-verdict") ?? "";
        const known = [...verdict.options].some((option) => option.value === wanted);
        verdict.value = known ? wanted : "";
        filter();
        byId("flows")?.scrollIntoView({ behavior: "smooth" });
      });
    });
    document
      .querySelectorAll("#flows .controls, #flows .pager, #flow-table")
      .forEach((part) => part.removeAttribute("hidden"));
    filter();
  }

  /** @param {HTMLElement} td @param {string} path @param {any} name */
  function showPath(td, path, name) {
    td.append(
      element("span", undefined, `key key-${/^[a-z]+$/.test(path) ? path : "unknown"}`),
      path === "none" ? "not captured" : path,
    );
    if (name !== null) td.append(element("div", String(name), "dim"));
  }

  /** @param {any} verdict */
  function toneOf(verdict) {
    if (FINDINGS.includes(verdict)) return "bad";
    return verdict === "ok" ? "good" : verdict === "unproven" ? "open" : "";
  }

  /** @param {HTMLSelectElement} select @param {any[]} values */
  function fill(select, values) {
    for (const value of [...new Set(values)].filter((item) => item !== null && item !== "").sort()) {
      const option = /** @type {HTMLOptionElement} */ (element("option", String(value)));
      option.value = String(value);
      select.append(option);
    }
  }

  /** Empty ones last, numbers by size, texts as people sort them. @param {any} a @param {any} b */
  function compared(a, b) {
    if (a === b) return 0;
    if (a === null) return 1;
    if (b === null) return -1;
    if (typeof a === "number" && typeof b === "number") return a - b;
    return String(a).localeCompare(String(b), "en", { numeric: true });
  }

  /** @param {number} value */
  function bytesText(value) {
    const units = ["B", "kB", "MB", "GB", "TB", "PB"];
    let unit = 0;
    while (value >= 999.5 && unit < units.length - 1) {
      value /= 1000;
      unit += 1;
    }
    return `${unit === 0 || value >= 99.5 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
  }

  /** @param {number} seconds */
  function stepText(seconds) {
    for (const [size, name] of /** @type {[number, string][]} */ ([
      [86400, "day"],
      [3600, "hour"],
      [60, "minute"],
      [1, "second"],
    ])) {
      if (seconds % size === 0) {
        const count = seconds / size;
        return count === 1 ? `one ${name}` : `${count} ${name}s`;
      }
    }
    return `${seconds} s`;
  }

  /** @param {number | null} seconds */
  function momentText(seconds) {
    return seconds === null ? "–" : new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ");
  }
})();
