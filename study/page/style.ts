/** What the study's page has besides the report's style. */
export const studyStyle = `
.lead{margin:0 0 14px;padding:10px 14px;border-radius:10px;border-left:4px solid var(--mark);background:var(--well)}
.blank,.epoch{color:var(--soft)}
#figures .scroll td:first-child,#training .scroll td:first-child{min-width:10.5em;white-space:normal;overflow-wrap:normal}
#training .scroll th{white-space:normal;min-width:5.6em}
details .facts{margin:8px 0}
#training h3{margin-top:22px}
td small{display:block;color:var(--soft);max-width:46ch}
td.number small{max-width:none}
.pair{display:grid;grid-template-columns:minmax(0,1fr);gap:26px;margin-top:22px}
.pair h3{margin-bottom:4px}
.wrong{display:grid;grid-template-columns:repeat(auto-fill,minmax(78px,1fr));gap:12px 8px;margin:14px 0 0;padding:0;list-style:none}
.wrong li{display:grid;justify-items:center;gap:2px;font-size:.82rem;line-height:1.3;text-align:center;break-inside:avoid;min-width:0}
.wrong b{color:var(--bad);font-weight:600}
.wrong small{color:var(--soft);font-variant-numeric:tabular-nums}
.plates{display:flex;flex-wrap:wrap;gap:22px;align-items:flex-start;margin-top:14px}
.plates figure{margin:0;max-width:100%;min-width:0}
.plates img{display:block;max-width:100%;height:auto;border-radius:10px;border:1px solid var(--line)}
.plates .shown img{width:160px;image-rendering:pixelated}
@media (max-width:560px){#figures td.number,#figures th{white-space:normal}#figures .scroll td:first-child{min-width:7.4em}}
`;
