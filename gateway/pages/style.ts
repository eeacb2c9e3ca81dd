// The one style of every page, light and dark, from phone to desk. It stands in the page itself, known to the browser
// by its hash (answer-page.ts). Pure.

const colours = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#f4f6fa, #0b0f16);
  --glow: light-dark(#d9e6ff, #13264a);
  --glow-two: light-dark(#e9e3ff, #1d1a3d);
  --card: light-dark(#ffffff, #131a24);
  --raised: light-dark(#f7f9fc, #1a2330);
  --hover: light-dark(#eef3fb, #212c3c);
  --ink: light-dark(#101828, #eef2f8);
  --soft: light-dark(#505d72, #a3b0c2);
  --line: light-dark(#dfe5ee, #273243);
  --field: light-dark(#8592a6, #64748b);
  --accent: light-dark(#0a5bd3, #7db4ff);
  --button: light-dark(#0a5bd3, #2066dc);
  --button-hover: light-dark(#0849ab, #1a56bd);
  --on-button: light-dark(#ffffff, #ffffff);
  --alarm: light-dark(#b3261e, #ffb4ab);
  --alarm-ground: light-dark(#fdeceb, #3a1614);
  --good: light-dark(#0b6b3a, #7ddaa5);
  --good-ground: light-dark(#e5f6ec, #0f2e1e);
  --wait: light-dark(#8a4b00, #ffc46b);
  --wait-ground: light-dark(#fff1db, #38260a);
  --shadow: 0 1px 2px light-dark(#10182810, #0006), 0 20px 48px -16px light-dark(#10284a2e, #000a);
}`;

const frame = `
*, ::before, ::after { box-sizing: border-box; }
@view-transition { navigation: auto; }
html { text-size-adjust: 100%; -webkit-text-size-adjust: 100%; }
body { margin: 0; min-height: 100vh; min-height: 100dvh; display: flex; flex-direction: column; color: var(--ink);
  background: radial-gradient(52rem 34rem at 12% -12rem, var(--glow), transparent 72%), radial-gradient(44rem 30rem at 96% -10rem, var(--glow-two), transparent 70%), var(--ground);
  font: 1rem/1.55 ui-sans-serif, system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; -webkit-font-smoothing: antialiased; }
main { flex: 1; width: 100%; margin-inline: auto; padding: 1.5rem; }
.narrow main { max-width: 31rem; display: flex; flex-direction: column; justify-content: center; }
.wide main { max-width: 70rem; padding-block: 2.25rem 3rem; }
.top { display: flex; align-items: center; gap: 1rem; width: 100%; max-width: 70rem; margin-inline: auto; padding: 1.1rem 1.5rem 0; }
.brand { display: inline-flex; align-items: center; gap: .65rem; min-width: 0; margin: 0; color: inherit; font-weight: 650; letter-spacing: -.01em; text-decoration: none; overflow-wrap: anywhere; }
.narrow .brand { justify-content: center; margin-bottom: 1.4rem; }
.brand img, .brand svg { flex: none; width: auto; height: 2rem; max-width: 9rem; object-fit: contain; }
.brand b { color: var(--accent); display: grid; }
.card { padding: 2rem; background: var(--card); border: 1px solid var(--line); border-radius: 1.35rem; box-shadow: var(--shadow); }
footer { display: flex; flex-wrap: wrap; justify-content: center; gap: .3rem 1.25rem; padding: .5rem 1.5rem 1.6rem; color: var(--soft); font-size: .84rem; }
footer span { overflow-wrap: anywhere; }`;

const words = `
h1 { margin: 0 0 .5rem; font-size: 1.55rem; line-height: 1.2; font-weight: 680; letter-spacing: -.022em; text-wrap: balance; overflow-wrap: anywhere; }
.wide h1 { font-size: clamp(1.7rem, 1.3rem + 1.6vw, 2.2rem); }
h2 { margin: 0; font-size: 1.02rem; line-height: 1.3; font-weight: 640; letter-spacing: -.01em; overflow-wrap: anywhere; }
p { margin: 0 0 1rem; text-wrap: pretty; overflow-wrap: anywhere; }
p:last-child { margin-bottom: 0; }
.soft { color: var(--soft); }
.small { font-size: .88rem; }
a { color: var(--accent); text-underline-offset: .18em; text-decoration-thickness: 1px; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: .4rem; }
code, pre, kbd { font: .86em/1.5 ui-monospace, "SF Mono", "Cascadia Mono", monospace; }
pre { margin: 0 0 1rem; padding: .85rem 1rem; white-space: pre-wrap; overflow-wrap: anywhere; background: var(--raised); border: 1px solid var(--line); border-radius: .8rem; }
ul.plain, ol.plain { list-style: none; margin: 0; padding: 0; }
ul.checks { margin: .4rem 0 1.2rem; padding-left: 1.15rem; color: var(--soft); }
ul.checks li + li { margin-top: .35rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .45rem 1.25rem; margin: 1.5rem 0 0; padding: 1rem 1.1rem; background: var(--raised); border-radius: .9rem; font-size: .88rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; font-weight: 560; }
dd code { font-weight: 500; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.sign { display: grid; place-items: center; width: 3.1rem; height: 3.1rem; margin-bottom: 1.1rem; border-radius: 1rem; background: var(--hover); color: var(--accent); }
.sign svg { width: 1.6rem; height: 1.6rem; }
.sign.alarm { background: var(--alarm-ground); color: var(--alarm); }
.sign.good { background: var(--good-ground); color: var(--good); }
.sign.wait { background: var(--wait-ground); color: var(--wait); }
.note { display: block; margin: 0 0 1.1rem; padding: .7rem .9rem; border-radius: .8rem; background: var(--alarm-ground); color: var(--alarm); font-size: .92rem; }
.chip { display: inline-block; padding: .12rem .55rem; border-radius: 9rem; background: var(--good-ground); color: var(--good); font-size: .78rem; font-weight: 600; white-space: nowrap; }
.chip.wait { background: var(--wait-ground); color: var(--wait); }`;

const controls = `
.button { display: inline-flex; align-items: center; justify-content: center; gap: .5rem; min-height: 2.9rem; padding: .6rem 1.15rem; border: 1px solid transparent; border-radius: .85rem; background: var(--button); color: var(--on-button); font: inherit; font-weight: 600; text-align: center; text-decoration: none; cursor: pointer; transition: background .15s; }
.button:hover { background: var(--button-hover); }
.button.quiet { background: var(--card); border-color: var(--line); color: var(--ink); font-weight: 560; }
.button.quiet:hover { background: var(--hover); }
.button.slim { min-height: 2.4rem; padding: .35rem .85rem; font-size: .9rem; }
.button.alarm { background: var(--card); border-color: var(--line); color: var(--alarm); }
.button.alarm:hover { background: var(--alarm-ground); }
.stack, ul.plain.stack { display: grid; gap: .65rem; margin-top: 1.4rem; }
h2 + ul.plain.stack { margin-top: .8rem; }
h1 + form { margin-top: 1.3rem; }
.row { display: flex; flex-wrap: wrap; align-items: center; gap: .65rem; }
label { display: block; margin: 0 0 .35rem; font-size: .9rem; font-weight: 590; }
.field { margin-bottom: 1rem; }
input[type=text], input[type=password] { width: 100%; min-height: 2.9rem; padding: .55rem .85rem; border: 1px solid var(--field); border-radius: .8rem; background: var(--card); color: var(--ink); font: inherit; }
input:focus-visible { outline-offset: 0; border-radius: .8rem; }
.check { display: flex; align-items: flex-start; gap: .65rem; margin: 0; font-weight: 500; cursor: pointer; }
input[type=checkbox] { flex: none; width: 1.15rem; height: 1.15rem; margin: .14rem 0 0; accent-color: var(--button); }
a.check { color: var(--ink); text-decoration: none; font-size: .9rem; }
a.check:hover span { text-decoration: underline; }
a.check i { flex: none; display: grid; place-items: center; width: 1.15rem; height: 1.15rem; margin-top: .14rem; border: 1.5px solid var(--field); border-radius: .3rem; }
a.check i svg { display: none; width: .8rem; height: .8rem; }
a.check.on i { background: var(--button); border-color: var(--button); color: var(--on-button); }
a.check.on i svg { display: block; }
.pick { display: flex; align-items: center; gap: .9rem; min-height: 3.6rem; padding: .6rem 1rem .6rem .7rem; border: 1px solid var(--line); border-radius: 1rem; background: var(--card); color: var(--ink); font-weight: 590; text-decoration: none; transition: background .15s, border-color .15s; }
.pick:hover { background: var(--hover); border-color: var(--field); }
.pick > span:nth-child(2) { flex: 1; min-width: 0; overflow-wrap: anywhere; line-height: 1.3; }
.pick small { display: block; color: var(--soft); font-size: .82rem; font-weight: 450; }
.pick > svg { flex: none; width: 1.15rem; height: 1.15rem; color: var(--soft); transition: transform .15s; }
.pick:hover > svg { transform: translateX(3px); }
.apart { margin-top: 1.4rem; padding-top: 1.2rem; border-top: 1px solid var(--line); }`;

const lists = `
.tile { flex: none; display: grid; place-items: center; width: 2.75rem; height: 2.75rem; border-radius: .85rem; font-weight: 680; font-size: 1.05rem; background: var(--hover); color: var(--accent); overflow: hidden; }
.tile:has(img) { background: var(--raised); }
.tile img { width: 100%; height: 100%; object-fit: contain; padding: .35rem; }
.tile svg { width: 1.5rem; height: 1.5rem; }
.tile.t1 { background: light-dark(#e3edff, #15294d); color: light-dark(#0a4fb8, #9cc4ff); }
.tile.t2 { background: light-dark(#e2f5ea, #10301f); color: light-dark(#0b6b3a, #86dfae); }
.tile.t3 { background: light-dark(#ffeedd, #3a2410); color: light-dark(#9a4a00, #ffc48a); }
.tile.t4 { background: light-dark(#f1e6ff, #2a1c47); color: light-dark(#6a2fc0, #cdb0ff); }
.tile.t5 { background: light-dark(#ffe6ee, #3d1524); color: light-dark(#a81650, #ffb0c8); }
.tile.t6 { background: light-dark(#dff4f7, #0d3038); color: light-dark(#0b6675, #83d8e6); }
ul.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 17.5rem), 1fr)); gap: 1rem; margin: 1.75rem 0 0; }
.app { display: flex; gap: 1rem; height: 100%; padding: 1.15rem; border: 1px solid var(--line); border-radius: 1.2rem; background: var(--card); color: var(--ink); text-decoration: none; box-shadow: 0 1px 2px light-dark(#1018280d, #0005); transition: transform .16s, box-shadow .16s, border-color .16s; }
.app:hover { transform: translateY(-2px); border-color: var(--field); box-shadow: var(--shadow); }
.app > span:last-child { min-width: 0; }
.app strong { display: block; font-weight: 640; letter-spacing: -.01em; overflow-wrap: anywhere; }
.app .about { display: block; margin-top: .2rem; color: var(--soft); font-size: .9rem; line-height: 1.45; overflow-wrap: anywhere; }
.app .where { display: block; margin-top: .45rem; color: var(--soft); font-size: .8rem; overflow-wrap: anywhere; }
.empty { margin-top: 1.75rem; padding: 2.5rem 1.5rem; border: 1.5px dashed var(--line); border-radius: 1.2rem; color: var(--soft); text-align: center; }
.me { display: flex; align-items: center; gap: .8rem; margin-left: auto; min-width: 0; }
.me > span { min-width: 0; text-align: right; line-height: 1.25; }
.me strong { display: block; font-size: .93rem; overflow-wrap: anywhere; }
.me small { color: var(--soft); font-size: .8rem; overflow-wrap: anywhere; }
.me nav { display: flex; gap: .5rem; align-items: center; }
.me form, .row form { margin: 0; }
.session { display: flex; align-items: center; gap: 1rem; padding: 1.05rem 1.15rem; border: 1px solid var(--line); background: var(--card); }
.session:first-child { border-radius: 1.2rem 1.2rem 0 0; }
.session:last-child { border-radius: 0 0 1.2rem 1.2rem; }
.session:only-child { border-radius: 1.2rem; }
.session + .session { border-top: 0; }
.session > div { flex: 1; min-width: 0; }
.session p { margin: .15rem 0 0; color: var(--soft); font-size: .88rem; }
.session form { flex: none; margin: 0; }
ul.sessions { margin: 1.75rem 0 1.5rem; }
.find { margin-bottom: 1.5rem; }
.find input { flex: 1 1 14rem; max-width: 22rem; }
form[role=search] { margin-top: 1.5rem; }`;

const circumstances = `
@media (max-width: 40rem) {
  main { padding: 1.1rem; }
  .narrow main { padding: 1.1rem; }
  .card { padding: 1.5rem 1.3rem; border-radius: 1.2rem; }
  .top { flex-wrap: wrap; padding: 1rem 1.1rem 0; }
  .me { flex-wrap: wrap; width: 100%; margin-left: 0; }
  .me > span { flex: 1 1 100%; text-align: left; }
  .me nav, .me nav form { flex: 1; }
  .me nav > *, .me nav form > * { flex: 1; width: 100%; }
  .wide main { padding-block: 1.6rem 2rem; }
  .session { flex-wrap: wrap; }
  .session > div { flex: 1 1 12rem; }
  .session form, .session .button { width: 100%; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd + dt { margin-top: .6rem; }
}
@media (prefers-reduced-motion: reduce) { * { transition: none !important; } @view-transition { navigation: none; } }
@media (prefers-contrast: more) { :root { --line: var(--field); --soft: var(--ink); } }
@media (forced-colors: active) { .card, .button, .pick, .app, .tile { border: 1px solid; } }
@media print { body { background: none; } }
`;

export const style = [colours, frame, words, controls, lists, circumstances]
  .join('')
  .replaceAll(/\n\s*/g, '\n');
