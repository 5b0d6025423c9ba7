/** The report's look: the colours of onward's page, light and dark, on paper and on a phone. */
export const style = `
:root{color-scheme:light dark;--paper:#f5f4ef;--card:#fffefc;--well:#efeee7;--line:#dedcd2;--text:#1b1f1d;--soft:#5d645f;--here:#0d6b5f;--on-here:#fff;--bad:#a3271f;--mark:#c05a12;
--plot-1:#0072b2;--plot-2:#d55e00;--plot-3:#009e73;--plot-4:#b4568c;--plot-5:#b07a00;--plot-6:#3f93c9;--plot-7:#7f6a00;--plot-8:#666;--plot-9:#5b4db8;--plot-10:#8a1f4d}
@media (prefers-color-scheme:dark){:root{--paper:#121514;--card:#1a1e1d;--well:#232827;--line:#303735;--text:#e8ece9;--soft:#9aa5a0;--here:#4fd0b5;--on-here:#06231d;--bad:#ff9d92;--mark:#ffb072;
--plot-1:#5cb3ea;--plot-2:#ff9452;--plot-3:#3fd0a4;--plot-4:#e59ac6;--plot-5:#f0bb4a;--plot-6:#9ad4f5;--plot-7:#cbb75a;--plot-8:#b5b5b5;--plot-9:#a99cf5;--plot-10:#f58cb4}}
*{box-sizing:border-box}
html{scroll-padding-top:56px;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--text);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;overflow-wrap:anywhere}
header,main,footer{max-width:1080px;margin:0 auto;padding:0 20px}
header{padding-top:30px}
h1{margin:0;font-size:1.65rem;line-height:1.25;letter-spacing:-.01em}
header p,.soft,footer{color:var(--soft)}
header p{margin:.4em 0 0}
nav{position:sticky;top:0;z-index:2;margin-top:18px;background:color-mix(in srgb,var(--paper) 92%,transparent);backdrop-filter:blur(6px);border-bottom:1px solid var(--line)}
nav ul{display:flex;gap:4px 18px;max-width:1080px;margin:0 auto;padding:9px 20px;list-style:none;overflow-x:auto;white-space:nowrap;scrollbar-width:none}
nav a{color:var(--soft);text-decoration:none;font-size:.92rem}
nav a:hover{color:var(--text);text-decoration:underline}
section{margin:26px 0;padding:22px;background:var(--card);border:1px solid var(--line);border-radius:16px}
h2{margin:0 0 14px;font-size:1.2rem;line-height:1.3}
h3{margin:0 0 8px;font-size:1rem}
p{margin:.5em 0}
.soft,small{font-size:.86rem}
code{font-size:.86em}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin-bottom:18px}
.tile{display:grid;align-content:start;padding:14px 16px;border-radius:12px;background:var(--well)}
.tile b{font-size:1.7rem;line-height:1.2;font-weight:600;font-variant-numeric:tabular-nums}
.tile:first-child b{color:var(--here)}
.tile small{color:var(--soft)}
.facts{display:grid;gap:6px;margin:0;font-size:.94rem}
.facts div{display:grid;grid-template-columns:minmax(8em,13em) minmax(0,1fr);gap:14px}
.facts dt{color:var(--soft)}
.facts dd{margin:0;font-variant-numeric:tabular-nums}
.notes{margin:16px 0 0;padding:10px 14px 10px 30px;border-radius:10px;background:var(--well);font-size:.92rem}
.scroll{overflow-x:auto}
table{width:100%;border-collapse:collapse;font-size:.92rem;font-variant-numeric:tabular-nums}
th,td{padding:6px 10px;border-bottom:1px solid var(--line);text-align:left;vertical-align:top;overflow-wrap:normal}
th{color:var(--soft);font-weight:500;white-space:nowrap}
td:not(.number){min-width:6.5em;overflow-wrap:anywhere}
.panels{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,330px),1fr));gap:10px}
.panels svg{display:block;width:100%;max-width:460px;height:auto;font-family:inherit}
#layers td{white-space:nowrap}
.number{text-align:right;white-space:nowrap}
[data-sortable] th button{all:unset;cursor:pointer}
[data-sortable] th button:focus-visible{outline:2px solid var(--here)}
[data-sortable] th[aria-sort=ascending] button::after{content:" ↑"}
[data-sortable] th[aria-sort=descending] button::after{content:" ↓"}
.bar{display:inline-block;min-width:5.6em;padding:0 6px;border-radius:4px;background:linear-gradient(to right,color-mix(in srgb,var(--plot-1) 26%,transparent) var(--share),transparent var(--share));print-color-adjust:exact;-webkit-print-color-adjust:exact}
.plot{margin:0;min-width:0}
.plot svg{display:block;max-width:100%;height:auto;font-family:inherit}
.wide svg{min-width:640px}
figcaption{margin-top:8px;color:var(--soft);font-size:.88rem;max-width:62ch}
.side-by-side{display:grid;grid-template-columns:minmax(0,1fr);gap:24px}
.side-by-side>*{min-width:0}
.side-by-side td:not(.number){min-width:3.4em}
.controls{display:flex;flex-wrap:wrap;gap:10px 14px;align-items:end;margin-top:12px;font-size:.9rem}
.controls label{display:grid;grid-template-columns:minmax(0,1fr);min-width:0;gap:2px;color:var(--soft)}
.marking{align-items:center;justify-content:flex-start}
.marking span{margin-right:auto}
select,button{font:inherit;color:inherit}
select{max-width:13em;min-width:0;padding:5px 8px;border:1px solid var(--line);border-radius:8px;background:var(--well)}
.controls button,.more{padding:6px 12px;border:1px solid var(--line);border-radius:8px;background:var(--well);cursor:pointer}
#mistakes-save:enabled{background:var(--here);border-color:var(--here);color:var(--on-here)}
button:disabled{opacity:.55;cursor:default}
#mistakes-galleries h3{margin:20px 0 8px}
.gallery{display:grid;grid-template-columns:repeat(auto-fill,minmax(86px,1fr));gap:10px 8px}
.item{all:unset;display:grid;align-content:start;justify-items:center;gap:3px;padding:7px 3px;border:1px solid transparent;border-radius:10px;cursor:pointer;text-align:center;font-size:.8rem;line-height:1.25;break-inside:avoid}
.item:hover{background:var(--well)}
.item:focus-visible{outline:2px solid var(--here)}
.item[aria-pressed=true]{border-color:var(--mark);background:color-mix(in srgb,var(--mark) 14%,transparent)}
.thumb{display:block;border-radius:4px;image-rendering:pixelated;background-repeat:no-repeat;print-color-adjust:exact;-webkit-print-color-adjust:exact}
.item .said{max-width:100%;overflow:hidden;text-overflow:ellipsis}
.item .said b{color:var(--bad);font-weight:600}
.item .sure{color:var(--soft);font-variant-numeric:tabular-nums}
.flag{display:inline-block;padding:0 5px;border-radius:5px;background:var(--well);color:var(--soft);font-size:.72rem}
.more{margin-top:10px;font-size:.88rem}
details summary{cursor:pointer;padding:4px 0}
footer{padding-top:4px;padding-bottom:40px;font-size:.86rem}
@media (min-width:860px){html{scroll-padding-top:108px}nav ul{flex-wrap:wrap}.side-by-side{grid-template-columns:minmax(0,auto) minmax(330px,1fr);align-items:start}}
@media (max-width:560px){header,main{padding-left:12px;padding-right:12px}section{padding:16px 14px;border-radius:12px;margin:14px 0}nav ul{padding-left:14px}.facts div{grid-template-columns:1fr;gap:0}.facts{gap:10px}.tiles{grid-template-columns:1fr 1fr}.tile{padding:10px 12px}.tile b{font-size:1.35rem}.controls label{flex:1 1 40%}select{width:100%;max-width:100%}table{font-size:.82rem}th,td{padding:5px 6px}td:not(.number){min-width:3.4em}.bar{min-width:4.7em;padding:0 4px}.gallery{grid-template-columns:repeat(auto-fill,minmax(74px,1fr))}}
@media print{:root{color-scheme:light;--paper:#fff;--card:#fff;--well:#f4f4f4;--line:#ccc;--text:#000;--soft:#444;--plot-1:#0072b2;--plot-2:#d55e00}nav,.controls,.more{display:none}section{border:0;padding:0;margin:18px 0}.plot,tr,.tile{break-inside:avoid}h2,h3{break-after:avoid}.scroll{overflow:visible}body{font-size:11pt}}
`;
