import 'uplot/dist/uPlot.min.css';
import './style/base.css';
import './style/header.css';
import './style/barrier.css';
import './style/agencies.css';
import './style/charts.css';
import './style/turns.css';
import './style/draw.css';
import { render } from 'preact';
import { App } from './app';
import { follow } from './feed';
import { LANGUAGE } from './text/text';
import { applyTheme } from './theme';

document.documentElement.lang = LANGUAGE;
applyTheme();
const root = document.getElementById('board');
if (root !== null) {
  follow('.');
  render(<App />, root);
}
