// Draws a chart above each table that asks for one, from the numbers that stand in the table.
import { BarChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

echarts.use([BarChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

const COLOURS = ["#2f5d7c", "#a3302c", "#8a97a3"];
const ROW_HEIGHT = 44;
const MARGIN = 96;

const textOf = (cell) => cell.textContent.trim();

function read(table) {
  const [, ...series] = [...table.tHead.rows[0].cells].map(textOf);
  const rows = [...table.tBodies[0].rows].map((row) => [...row.cells].map(textOf));
  return { names: rows.map((row) => row[0]), series: series.map((name, at) => ({ name, data: rows.map((row) => Number(row[at + 1])) })) };
}

function optionsOf({ names, series }) {
  return {
    animation: false,
    color: COLOURS,
    grid: { left: 8, right: 24, top: 40, bottom: 8, containLabel: true },
    legend: { top: 0, left: 0 },
    tooltip: { trigger: "axis", renderMode: "richText", axisPointer: { type: "shadow" } },
    xAxis: { type: "value", minInterval: 1 },
    yAxis: { type: "category", inverse: true, data: names, axisLabel: { width: 150, overflow: "break" } },
    series: series.map((one) => ({ ...one, type: "bar", barMaxWidth: 14 })),
  };
}

for (const table of document.querySelectorAll("table[data-chart]")) {
  const found = read(table);
  const place = document.createElement("div");
  place.className = "chart";
  place.setAttribute("aria-hidden", "true"); // the table says it all
  place.style.height = `${MARGIN + found.names.length * ROW_HEIGHT}px`;
  table.before(place);
  const chart = echarts.init(place);
  chart.setOption(optionsOf(found));
  new ResizeObserver(() => chart.resize()).observe(place);
}
