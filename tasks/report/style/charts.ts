// Marks of charts. A mark is told from its neighbour by its shape too, never by its colour alone.

/** For the heads of a wide table: read from below. */
export const upright =
  "writing-mode:vertical-rl;rotate:180deg;text-align:left;vertical-align:middle;padding:8px 4px";

export const charts = `
.chart{display:block;overflow:visible;font-size:12px}
.chart text{fill:var(--muted)}
.chart .strong{fill:var(--text);font-weight:600;paint-order:stroke;stroke:var(--card);stroke-width:5px;stroke-linejoin:round}
.chart .axis,.chart .grid{stroke:var(--line);stroke-width:1}
.chart .dashed{stroke-dasharray:3 3}
.bar{fill:var(--mark)}
.bar.faint{fill:var(--faint)}
.bar.second{fill:var(--second)}
.dumbbell{min-width:90px}
.reach{stroke:var(--faint);stroke-width:3}
.dot{fill:var(--mark)}
.ring{fill:var(--card);stroke:var(--mark);stroke-width:2}
.tick{stroke:var(--text);stroke-width:2}
.before{stroke:var(--third);stroke-width:2;stroke-dasharray:3 2}
.line{fill:none;stroke:var(--mark);stroke-width:2;stroke-linejoin:round;vector-effect:non-scaling-stroke}
.line.s1{stroke:var(--second);stroke-dasharray:7 3}
.line.s2{stroke:var(--third);stroke-dasharray:2 3}
.line.raw{stroke-width:1;stroke-dasharray:none;opacity:.35}
.point{fill:var(--card);stroke:var(--mark);stroke-width:1.5}
.area{fill:var(--mark);opacity:.08}
.zero{stroke:var(--text);stroke-width:1.5}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:4px 18px;margin-top:12px;font-size:12.5px;color:var(--muted)}
.legend li{display:flex;align-items:center;gap:6px}
.swatch{flex:none;width:10px;height:10px;border-radius:2px;background:var(--mark)}
.swatch.dot{border-radius:50%}
.swatch.ring{border-radius:50%;background:none;border:2px solid var(--mark)}
.swatch.tick{width:2px;height:13px;background:var(--text)}
.swatch.before{width:0;height:13px;background:none;border-left:2px dashed var(--third)}
.swatch.second{background:var(--second)}
.swatch.s0,.swatch.s1,.swatch.s2{width:20px;height:0;background:none;border-top:2px solid var(--mark)}
.swatch.s1{border-top:2px dashed var(--second)}
.swatch.s2{border-top:2px dotted var(--third)}
.swatch.raw{border-top-width:1px;opacity:.5}
.beside{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1.15fr);gap:20px;align-items:center;border-top:1px solid var(--line);margin-top:12px;padding-top:14px}
.beside h3{margin:0 0 4px;font-size:13px}
.beside .say{margin-bottom:0}
.heat td{text-align:right;padding:5px 8px;border:1px solid var(--card);border-radius:4px}
.heat thead th{text-align:right;padding:4px 8px}
.heat thead th:first-child{text-align:left}
.heat.upright thead th:not(:first-child){${upright}}
.heat.upright tbody th{white-space:nowrap}
.heat .right{font-weight:700;outline:1px solid var(--good);outline-offset:-2px}
.heat .h1{background:color-mix(in srgb,var(--heat) 8%,transparent)}
.heat .h2{background:color-mix(in srgb,var(--heat) 18%,transparent)}
.heat .h3{background:color-mix(in srgb,var(--heat) 28%,transparent)}
.heat .h4{background:color-mix(in srgb,var(--heat) 38%,transparent)}
`;
