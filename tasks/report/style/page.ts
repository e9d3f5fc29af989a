// What every page has: type, head, cards, tables, details.

export const page = `
*,::before,::after{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-padding-top:72px}
body{margin:0;background:var(--page);color:var(--text);font:14px/1.5 Inter,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}
main{max-width:1264px;margin:0 auto;padding:28px 24px 64px}
h1,h2,h3,p,dl,dd,ul,ol,figure,table{margin:0;padding:0}
h1{font-size:32px;line-height:1.15;letter-spacing:-.02em;font-weight:700;overflow-wrap:anywhere}
h2{font-size:16px;line-height:1.3;font-weight:600}
h3{font-size:14px;font-weight:600}
a{color:var(--mark);text-underline-offset:2px}
code,kbd,pre{font:12.5px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
:focus-visible{outline:2px solid var(--mark);outline-offset:2px;border-radius:4px}
.skip{position:absolute;left:-999px}
.skip:focus{left:16px;top:8px;z-index:9;background:var(--card);padding:8px 12px}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}

.top{background:var(--card);border-bottom:1px solid var(--line)}
.top>div{max-width:1264px;margin:0 auto;padding:10px 24px;display:flex;flex-wrap:wrap;gap:8px 20px;align-items:center}
.brand{display:flex;gap:8px;align-items:center;font-weight:700;font-size:16px;color:inherit;text-decoration:none}
.brand svg{stroke:var(--mark)}
.top nav{display:flex;flex-wrap:wrap;gap:4px}
.top nav a{padding:5px 10px;border-radius:6px;color:var(--muted);text-decoration:none}
.top nav a:hover{color:var(--text)}
.top nav a[aria-current]{background:var(--sunken);color:var(--text);font-weight:600}
.where{margin-left:auto;color:var(--muted);font-size:13px;overflow-wrap:anywhere}

.crumbs{color:var(--muted);font-size:13px;margin-bottom:10px;overflow-wrap:anywhere}
.crumbs a{color:inherit}
.headline{display:flex;align-items:center;gap:14px}
.headline h1 .badge{vertical-align:6px;margin-left:8px}
.lead{margin:10px 0 22px;font-size:16px;color:var(--muted);max-width:90ch;overflow-wrap:anywhere}
.lead strong,.say strong{color:var(--text);font-weight:600}
.disc{flex:none;display:grid;place-items:center;width:38px;height:38px;border-radius:50%;font-size:18px;font-weight:700}
.disc.small{width:22px;height:22px;font-size:12px}
.good{color:var(--good)}.disc.good{background:var(--good-soft)}
.bad{color:var(--bad)}.disc.bad{background:var(--bad-soft)}
.unsure{color:var(--unsure)}.disc.unsure{background:var(--unsure-soft)}
.live{color:var(--mark)}.disc.live{background:var(--mark-soft)}
.quiet{color:var(--quiet)}.disc.quiet{background:var(--quiet-soft)}
.state{white-space:nowrap;font-weight:500}
.badge{display:inline-block;padding:1px 9px;border-radius:99px;background:var(--mark-soft);color:var(--mark);font-size:12.5px;line-height:20px;font-weight:600;letter-spacing:0;white-space:nowrap}

.facts{display:flex;flex-wrap:wrap;background:var(--card);border:1px solid var(--line);border-radius:10px;overflow:hidden;margin-bottom:16px}
.facts div{flex:1 1 auto;padding:12px 20px;margin:0 -1px -1px 0;border-right:1px solid var(--line);border-bottom:1px solid var(--line);min-width:0}
.facts dt{font-size:12px;color:var(--muted)}
.facts dd{font-weight:500;overflow-wrap:anywhere}

.grid{display:grid;grid-template-columns:repeat(12,minmax(0,1fr));gap:16px}
.card{grid-column:span 12;background:var(--card);border:1px solid var(--line);border-radius:10px;padding:20px 22px;min-width:0}
.c3{grid-column:span 3}.c4{grid-column:span 4}.c5{grid-column:span 5}.c6{grid-column:span 6}.c7{grid-column:span 7}.c8{grid-column:span 8}
.say{color:var(--muted);font-size:13px;margin:2px 0 12px;overflow-wrap:anywhere}
.card>.say:last-child{margin-bottom:0}
.card>h2+.scroll,.card>h2+.pairs{margin-top:8px}
.scroll+.scroll{margin-top:14px}
.card h3{margin:18px 0 4px}
.note{color:var(--muted);font-size:13px;margin-top:10px}
.alarm{border-color:var(--bad);border-left-width:4px}
.alarm h2{color:var(--bad)}
.warning{border-left:3px solid var(--unsure);padding-left:12px;margin:8px 0;overflow-wrap:anywhere}

.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%}
th{font-weight:500;text-align:left}
thead th{font-size:12px;color:var(--muted);padding:4px 10px 8px 0;vertical-align:bottom;white-space:nowrap}
tbody th,tbody td{padding:8px 10px 8px 0;border-top:1px solid var(--line);vertical-align:middle}
tbody th{overflow-wrap:break-word;min-width:7em;max-width:26em}
th:last-child,td:last-child{padding-right:0}
.n{text-align:right;white-space:nowrap}
.n+td:not(.n),.n+th:not(.n){padding-left:14px}
.numbers td,.numbers thead th:not(:first-child){text-align:right;white-space:nowrap}
thead th.n,.numbers thead th:not(:first-child){padding-left:12px}
td small,th small{color:var(--muted);font-weight:400;font-size:12px;margin-left:6px}
tr.own td,tr.own th{font-weight:600}
tr.off td,tr.off th,.off{color:var(--muted)}
.tight th,.tight td{padding-top:4px;padding-bottom:4px;font-size:13px}

.checks{list-style:none}
.checks li{display:flex;gap:12px;padding:9px 0;border-top:1px solid var(--line);overflow-wrap:anywhere}
.checks li:first-child{border-top:0;padding-top:2px}
.checks li>span:first-child{flex:none;width:1.1em;font-weight:700;text-align:center}
.checks li>span:last-child{min-width:0}
.pairs div{display:flex;justify-content:space-between;gap:16px;padding:8px 0;border-top:1px solid var(--line)}
.pairs div:first-child{border-top:0}
.flow{columns:3 240px;column-gap:36px}
.flow div{break-inside:avoid}
.pairs dt{color:var(--muted)}
.pairs dd{flex:none;max-width:72%;font-weight:500;text-align:right;overflow-wrap:anywhere}
details{margin-top:12px;font-size:13px}
summary{cursor:pointer;color:var(--muted);padding:2px 0;width:max-content;max-width:100%}
summary:hover{color:var(--text)}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--sunken);border-radius:6px;padding:10px 12px;margin:10px 0 0}
.commands{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,320px),1fr));gap:10px;list-style:none}
.commands li{background:var(--sunken);border-radius:6px;padding:9px 12px;min-width:0;display:flex;gap:8px;align-items:start;justify-content:space-between}
.commands code{overflow-wrap:anywhere}
.commands p{color:var(--muted);font-size:12px}
footer{color:var(--muted);font-size:12px;margin-top:24px}
`;
