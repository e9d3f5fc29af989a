// The states of a run: a line with its states on it, beside a table whose rows are as high as the line's steps.

export const rail = `
.rail{position:relative}
.rail table{table-layout:fixed}
.rail tbody th,.rail tbody td,.rail thead th{height:32px;padding-top:0;padding-bottom:0;white-space:nowrap}
.rail .lane{width:84px;padding:0;border-top:0}
.rail .lane svg{position:absolute;left:0;top:32px;overflow:visible}
.rail .s{width:150px}.rail .k{width:136px}.rail .e{width:90px}.rail .t{width:92px}
.rail th a{color:inherit;text-decoration-color:var(--line)}
.rail th a:hover{text-decoration-color:currentColor}
.rail .kind::before{content:"";display:inline-block;width:7px;height:7px;border-radius:2px;background:var(--bar);margin-right:8px;vertical-align:1px}
.rail .kind.function::before{background:var(--third)}
.rail .kind.job::before{background:var(--second)}
.rail .way{stroke:var(--rail);stroke-width:2;fill:none}
.rail .aside{stroke:var(--rail-off);stroke-width:1;fill:none}
.rail .caught{stroke:var(--bad);stroke-width:1.5;stroke-dasharray:4 3;fill:none}
.rail .node{fill:var(--card);stroke:var(--rail);stroke-width:2}
.rail .node.off{stroke:var(--rail-off);stroke-width:1.2}
.rail .node.now{fill:var(--mark)}
.rail .node.good{fill:var(--good);stroke:var(--good)}
.rail .node.bad{fill:var(--bad);stroke:var(--bad)}
.rail .mark{fill:none;stroke:var(--card);stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
.rail .span{fill:var(--bar)}
.rail .span.function{fill:var(--third)}
.rail .span.job{fill:var(--second)}
.rail .span.now{opacity:.75}
.rail .axis-head svg text{fill:var(--muted);font-size:12px}
.rail .wait{overflow:visible;display:block}
@media (max-width:820px){.rail .k,.rail .e,.rail .bars{display:none}.rail .s{width:auto}.rail .t{width:110px}}
`;
