"use strict";
/* Draws the graphs of models; dagre lays them out. All text goes in as text, never as markup. */
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const LONGEST = 30;
  const FOLDED_FROM = 3;
  const SMALLEST = 0.6;
  let drawn = 0;

  const make = (tag, attributes, ...content) => {
    const node = document.createElementNS(SVG, tag);
    Object.entries(attributes).forEach(([name, value]) => node.setAttribute(name, value));
    node.append(...content);
    return node;
  };

  const short = (text) => (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);

  /* Chains of layers that stay as they are become one box. */
  const folded = (layers) => {
    const takers = layers.map(() => []);
    layers.forEach((layer, place) => layer.inputs.forEach((from) => takers[from].push(place)));
    const isPlain = (place) =>
      !layers[place].mark && layers[place].inputs.length === 1 && takers[place].length === 1;
    const stays = (place) =>
      isPlain(place) && !layers[layers[place].inputs[0]].mark && !layers[takers[place][0]].mark;
    const groups = new Map();
    layers.forEach((layer, place) => {
      if (!stays(place)) return;
      const before = layer.inputs[0];
      const group = groups.get(before) && stays(before) ? groups.get(before) : [];
      group.push(place);
      groups.set(place, group);
    });
    const boxes = [];
    const boxOf = new Map();
    layers.forEach((layer, place) => {
      const group = groups.get(place) ?? [];
      if (group.length < FOLDED_FROM) {
        boxOf.set(place, boxes.length);
        boxes.push({ ...layer, from: layer.inputs });
        return;
      }
      if (group[0] === place) {
        boxes.push({ name: `${group.length} layers`, kind: "", outputs: "", mark: "fold", tag: "",
          from: layer.inputs, title: group.map((each) => layers[each].name).join(" → ") });
      }
      boxOf.set(place, boxOf.get(group[0]) ?? boxes.length - 1);
    });
    boxes.forEach((box) => {
      box.inputs = [...new Set(box.from.map((place) => boxOf.get(place)))];
    });
    return boxes;
  };

  const sized = (layer) => {
    const first = short(layer.name);
    const second = short([layer.kind, layer.outputs.replaceAll("None", "?")].filter(Boolean).join(" · "));
    const width = Math.max(first.length * 7.9, second.length * 6.5, layer.tag.length * 6.6) + 26;
    const rows = 1 + (second ? 1 : 0) + (layer.tag ? 1 : 0);
    return { first, second, width: Math.max(width, 90), height: 16 + rows * 17 };
  };

  const line = (points) => {
    const [start, ...others] = points;
    const middle = others.slice(0, -1).map((point, place) => {
      const next = others[place + 1];
      return `Q${point.x},${point.y} ${(point.x + next.x) / 2},${(point.y + next.y) / 2}`;
    });
    const end = others[others.length - 1];
    return `M${start.x},${start.y} ${middle.join(" ")} L${end.x},${end.y}`;
  };

  const box = (layer, place) => {
    const size = layer.size;
    const group = make("g", {
      class: `layer ${layer.mark}`,
      transform: `translate(${place.x - size.width / 2},${place.y - size.height / 2})`,
    });
    const title = layer.title ?? `${layer.name} (${layer.kind}) ${layer.outputs}`;
    group.append(
      make("title", {}, title),
      make("rect", { width: size.width, height: size.height, rx: 7 }),
    );
    const rows = [["name", size.first], ["kind", size.second], ["tag", layer.tag]];
    rows.filter(([, text]) => text).forEach(([name, text], row) => {
      group.append(make("text", { class: name, x: 13, y: 21 + row * 17 }, text));
    });
    return group;
  };

  const picture = (layers) => {
    const graph = new dagre.graphlib.Graph({ multigraph: true });
    graph.setGraph({ rankdir: "TB", nodesep: 22, ranksep: 30, marginx: 12, marginy: 12 });
    graph.setDefaultEdgeLabel(() => ({}));
    layers.forEach((layer, place) => {
      layer.size = sized(layer);
      graph.setNode(String(place), { width: layer.size.width, height: layer.size.height });
    });
    layers.forEach((layer, place) => {
      layer.inputs.forEach((from, number) => {
        graph.setEdge(String(from), String(place), {}, String(number));
      });
    });
    dagre.layout(graph);
    const { width, height } = graph.graph();
    drawn += 1;
    const arrow = make("marker", { id: `arrow-${drawn}`, viewBox: "0 0 8 8", refX: 7, refY: 4,
      markerWidth: 7, markerHeight: 7, orient: "auto" }, make("path", { d: "M0,0 L8,4 L0,8 z" }));
    const svg = make("svg", { viewBox: `0 0 ${width} ${height}`, width, height,
      "aria-hidden": "true" }, make("defs", {}, arrow));
    graph.edges().forEach((edge) => {
      svg.append(make("path", { class: "edge", d: line(graph.edge(edge).points),
        "marker-end": `url(#arrow-${drawn})` }));
    });
    layers.forEach((layer, place) => svg.append(box(layer, graph.node(String(place)))));
    return svg;
  };

  /* What is wider than its place is made smaller as long as it can be read, then it scrolls. */
  const fit = (canvas, svg) => {
    const [width, height] = svg.getAttribute("viewBox").split(" ").slice(2).map(Number);
    const room = canvas.clientWidth || width;
    const scale = Math.min(1, Math.max(SMALLEST, room / width));
    svg.setAttribute("width", width * scale);
    svg.setAttribute("height", height * scale);
    canvas.scrollLeft = Math.max(0, (width * scale - room) / 2);
  };

  const draw = (figure) => {
    const data = JSON.parse(figure.querySelector("script").textContent);
    const isFolded = figure.dataset.whole !== "yes";
    figure.querySelectorAll(".canvas").forEach((canvas) => {
      const layers = data[canvas.dataset.side];
      const shown = isFolded ? folded(layers) : layers.map((layer) => ({ ...layer }));
      const svg = picture(shown);
      canvas.replaceChildren(svg);
      fit(canvas, svg);
    });
    return Object.values(data).some((layers) => folded(layers).length < layers.length);
  };

  const begin = (part) => {
    const figure = part.querySelector("figure.graph");
    if (!figure || figure.dataset.drawn) return;
    figure.dataset.drawn = "yes";
    if (!draw(figure)) return;
    const button = document.createElement("button");
    button.type = "button";
    const tell = () => {
      const isWhole = figure.dataset.whole === "yes";
      button.textContent = isWhole ? "Fold what stays" : "Show every layer";
      button.setAttribute("aria-pressed", String(isWhole));
    };
    button.addEventListener("click", () => {
      figure.dataset.whole = figure.dataset.whole === "yes" ? "" : "yes";
      draw(figure);
      tell();
    });
    tell();
    figure.prepend(button);
  };

  document.querySelectorAll("details.model").forEach((part) => {
    part.addEventListener("toggle", () => part.open && begin(part));
    if (part.open) begin(part);
  });
  let waiting = 0;
  addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      document.querySelectorAll(".canvas > svg").forEach((svg) => fit(svg.parentElement, svg));
    }, 100);
  });
})();
