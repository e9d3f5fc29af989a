// The same page on a phone, on paper, and for whoever wants nothing to move.
import { upright } from "./charts.ts";

export const media = `
@media (max-width:1000px){.c3,.c4,.c5,.c6,.c7,.c8{grid-column:span 12}.c3.pair,.c4.pair,.c5.pair,.c6.pair{grid-column:span 6}}
@media (max-width:640px){
main{padding:18px 16px 48px}
.top>div{padding:8px 16px}
.grid{gap:12px}
.card,.card.pair{grid-column:span 12;padding:16px}
h1{font-size:26px}
.lead{font-size:15px}
.facts div{flex:1 1 50%;padding:10px 14px}
.beside{grid-template-columns:minmax(0,1fr)}
thead th,tbody th,tbody td{padding-right:4px}
thead th.n,.numbers thead th:not(:first-child){padding-left:3px}
.n+td:not(.n),.n+th:not(.n){padding-left:8px}
tbody th small{display:block;margin-left:0}
tbody th{min-width:5.4em}
.wide{display:none}
.heat thead th:not(:first-child){${upright}}
.heat td{padding:5px 4px}
}
@media (prefers-reduced-motion:reduce){*,::before,::after{animation:none!important;transition:none!important;scroll-behavior:auto!important}}
@media print{
@page{size:A4;margin:14mm}
html{font-size:11px}
body{background:none;font-size:10.5px;print-color-adjust:exact;-webkit-print-color-adjust:exact}
main{padding:0;max-width:none}
h1{font-size:22px}.lead{font-size:12px;margin-bottom:12px}h2{font-size:12.5px}h3,.say,details,.tight th,.tight td{font-size:10px}
.top,.skip,.screen{display:none}
.grid{gap:8px}
.c3,.c4{grid-column:span 4}.c5{grid-column:span 5}.c6{grid-column:span 6}.c7{grid-column:span 7}.c8{grid-column:span 8}
.card{padding:10px 12px;break-inside:avoid}
.card.long{break-inside:auto}
tr,li,.pairs div{break-inside:avoid}
thead{display:table-header-group}
tbody th,tbody td{padding-top:4px;padding-bottom:4px}
.facts div{padding:6px 12px}
thead th,.note,.legend,.chart,.badge,td small,th small{font-size:9.5px}
thead th.n,.numbers thead th:not(:first-child){padding-left:6px}
tbody th{min-width:5em}
.pairs div,.checks li{padding-top:4px;padding-bottom:4px}
.scroll{overflow:visible}
a{color:inherit}
}
`;
