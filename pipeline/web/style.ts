// What only the console has: forms, filters, buttons.

export const consoleStyle = `
button,input,select,textarea{font:inherit;color:inherit}
.button,button.act{display:inline-block;border:1px solid var(--line);background:var(--card);color:var(--text);border-radius:7px;padding:7px 14px;font-weight:500;text-decoration:none;cursor:pointer}
.button:hover,button.act:hover{border-color:var(--muted)}
.button.main,button.act.main{background:var(--mark);border-color:var(--mark);color:var(--card)}
.button.grave,button.act.grave{border-color:var(--bad);color:var(--bad)}
.actions{display:flex;flex-wrap:wrap;gap:8px;list-style:none;margin:0 0 18px;padding:0}
.theme{border:0;background:none;color:var(--muted);font-size:17px;line-height:1;padding:4px 6px;cursor:pointer;border-radius:6px}
.theme:hover{color:var(--text)}
button[data-copy]{flex:none;border:0;background:none;color:var(--muted);cursor:pointer;padding:0 4px;font-size:15px;line-height:20px}
button[data-copy]:hover{color:var(--text)}
.filters{display:flex;flex-wrap:wrap;gap:10px 14px;align-items:end;margin-bottom:16px}
.filters label,.fields label{display:block;font-size:12px;color:var(--muted)}
.filters input,.filters select,.fields input,.fields select,.fields textarea{display:block;width:100%;min-height:36px;margin-top:3px;padding:6px 10px;border:1px solid var(--rail-off);border-radius:7px;background:var(--card);font-size:14px;color:var(--text)}
.filters .wider{flex:1 1 200px}
.button[aria-current]{background:var(--sunken);border-color:var(--rail-off)}
.fields>p:not(.hint){display:flex;flex-wrap:wrap;gap:8px}
.headline+.filters,.warning+.grid,.warning+.filters{margin-top:16px}
.fields{display:grid;gap:16px;max-width:640px}
.fields .check{display:flex;gap:10px;align-items:start;font-size:14px;color:var(--text)}
.fields .check input{width:18px;min-height:18px;margin:2px 0 0;flex:none}
.fields .hint{color:var(--muted);font-size:12.5px;margin-top:-11px}
.fields div .hint{margin:0 0 4px}
.fields input[type=file]{padding:26px 14px;border:2px dashed var(--rail-off);background:var(--sunken);cursor:pointer}
.fields input[type=file]:hover{border-color:var(--mark)}
.command{display:block;background:var(--sunken);border-radius:6px;padding:9px 12px;overflow-wrap:anywhere}
.pages{display:flex;gap:10px;margin-top:14px}
.name{font-weight:600;overflow-wrap:anywhere}
.runs td small,.runs th small{display:block;margin-left:0;font-weight:400}
.runs .badge{margin-left:6px}
.runs a{color:inherit;text-decoration-color:var(--rail-off)}
.runs a:hover{text-decoration-color:currentColor}
.up{color:var(--good)}
.down{color:var(--bad)}
.big{font-size:28px;font-weight:700;letter-spacing:-.02em;line-height:1.2}
.use{display:flex;flex-wrap:wrap;gap:6px 28px;align-items:flex-end;margin-bottom:4px}
.use dl{display:flex;flex-wrap:wrap;gap:6px 28px}
.use dt{font-size:12px;color:var(--muted)}
.use dd{font-weight:500;overflow-wrap:anywhere}
.empty{color:var(--muted);padding:8px 0}
.progress{height:6px;border-radius:3px;width:100%;margin-top:6px;display:block}
.progress .track{fill:var(--bar)}
.progress .done{fill:var(--mark)}
.flash{border-left:3px solid var(--good);background:var(--good-soft);padding:10px 14px;border-radius:6px;margin-bottom:18px;overflow-wrap:anywhere}
.gone{border-color:var(--bad);background:none}
.log{max-height:70vh;overflow:auto;white-space:pre-wrap}
.log .bad{font-weight:600}
.narrow{display:none}
@media (max-width:640px){.filters label{flex:1 1 130px}.runs thead{display:none}.runs tbody tr{display:grid;grid-template-columns:minmax(0,1fr) auto;gap:2px 12px;padding:10px 0;border-top:1px solid var(--line)}.runs tbody th,.runs tbody td{border:0;padding:0;text-align:left}.runs tbody th{grid-column:span 2}.runs td.wide{display:none}.runs th a,.runs td a{display:inline-block;padding:3px 0}.runs .narrow{display:inline}.filters .tick{flex:1 1 100%}}
.events{list-style:none}
.events li{border-top:1px solid var(--line)}
.events details{margin:0}
.events summary{padding:8px 0;color:var(--text)}
.events .n{display:inline-block;min-width:3em;color:var(--muted);text-align:left}
.events small{color:var(--muted);margin-left:6px}
.log{margin:0}
small.below{display:block;margin-left:0;white-space:normal}
button.done svg{display:none}
button.done::after{content:"✓";color:var(--good)}
.trend-line{stroke-width:1.5;stroke:var(--rail-off)}
.trend-line.main{stroke:var(--mark);stroke-width:3}
.trend-line.t1{stroke:var(--second)}
.trend-line.t2{stroke:var(--third);stroke-dasharray:6 3}
.trend-line.t3{stroke-dasharray:2 3}
.trend-line.t4{stroke:var(--second);stroke-dasharray:2 3}
.trend-line.t5{stroke:var(--third)}
.trend-line.t6{stroke-dasharray:8 3}
.trend-dot{fill:var(--card);stroke:var(--rail-off);stroke-width:1.5}
.trend-dot.main{fill:var(--mark);stroke:var(--mark)}
.c12{grid-column:span 12}
.note-text{margin:6px 0 0;font-weight:400;max-width:80ch}
.note-text .who{color:var(--muted);font-size:12px;display:inline-block;min-width:76px}
mark{background:var(--mark-soft);color:var(--mark);font-weight:600;padding:0 2px;border-radius:3px}
.filters .tick{display:flex;gap:8px;align-items:center;min-height:36px;font-size:14px;color:var(--text)}
.filters .tick input{width:18px;min-height:18px;margin:0}
@media (min-width:1001px){.beside-three{grid-row:span 3;align-self:start}}
.versus td,.versus.numbers td{overflow-wrap:anywhere;white-space:normal}
.versus.numbers.change td{white-space:nowrap}
.versus thead th,.versus.numbers thead th:not(:first-child){white-space:normal;max-width:220px}
.versus thead a{overflow-wrap:anywhere}
`
  .replaceAll(/\n+/g, "\n")
  .trim();
