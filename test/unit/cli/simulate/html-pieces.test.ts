import { readFileSync } from 'node:fs';
import { assert } from 'chai';
import { describe, it } from 'mocha';
import { arcPath, runsOf } from '../../../../cli/simulate/html/arcs.ts';
import { thinned, ticksUpTo, ticksWithin } from '../../../../cli/simulate/html/chart.ts';
import { heatClass, heats, palette, themes } from '../../../../cli/simulate/html/colours.ts';
import { markup } from '../../../../cli/simulate/html/markup.ts';
import {
  amount,
  bytes,
  duration,
  percent,
  perSecond,
  shortened,
  times,
  whole,
} from '../../../../cli/simulate/html/numbers.ts';
import { style } from '../../../../cli/simulate/html/style.ts';

/** WCAG 2.2: relative luminance. */
function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

describe('the colours of the page', () => {
  for (const name of ['light', 'dark'] as const) {
    const theme = themes[name];

    it(`give every text a contrast of at least 4.5: ${name}`, () => {
      for (const text of ['text', 'quiet', 'accent', 'good', 'bad'] as const) {
        for (const ground of ['ground', 'card'] as const) {
          assert.isAtLeast(contrast(theme[text], theme[ground]), 4.5, `${text} on ${ground}`);
        }
      }
      for (const [ground, text] of heats[name]) {
        assert.isAtLeast(contrast(ground, text), 4.5, `${text} on ${ground}`);
      }
    });

    it(`give every bar and line a contrast that can be seen: ${name}`, () => {
      for (const drawn of ['accent', 'bad', 'text'] as const) {
        assert.isAtLeast(contrast(theme[drawn], theme.card), 3, drawn);
      }
      assert.isAtLeast(contrast(theme.past, theme.card), 2.5);
    });

    it(`tell a heat by lightness alone: ${name}`, () => {
      const lights = heats[name].map(([ground]) => luminance(ground));
      const steps = lights.slice(1).map((light, i) => light - (lights[i] ?? 0));
      assert.isTrue(steps.every((step) => (name === 'light' ? step < 0 : step > 0)));
    });
  }

  it('are those of the live page, one for each worker', () => {
    const live = readFileSync(new URL('../../../../console/ring-view.js', import.meta.url), 'utf8');
    const list = /const palette = \[([^\]]*)\]/.exec(live)?.[1] ?? '';
    assert.deepEqual([...list.matchAll(/#[0-9a-f]{6}/g)].map(String), [...palette]);
    assert.strictEqual(new Set(palette).size, palette.length);
  });

  it('are light on paper whatever the screen is', () => {
    assert.include(style, '@media screen and (prefers-color-scheme: dark)');
    assert.notInclude(style, '@media (prefers-color-scheme: dark)');
  });

  it('grow with what they stand for', () => {
    assert.deepEqual(
      [0, 1, 50, 100].map((part) => heatClass(part, 100)),
      ['h-none', 'h-0', 'h-4', 'h-7'],
    );
    assert.strictEqual(heatClass(5, 0), 'h-none');
  });
});

describe('markup', () => {
  it('escapes what is put into it, and only that', () => {
    const inner = markup`<b>${'a < b & "c"'}</b>`;
    assert.strictEqual(
      markup`<i title="${"'"}">${[inner, '>']}</i>`.toString(),
      '<i title="&#39;"><b>a &lt; b &amp; &quot;c&quot;</b>&gt;</i>',
    );
  });

  it('leaves out nothing but undefined and false, and rounds coordinates', () => {
    assert.strictEqual(markup`${undefined}${false}${0}${-0.001}${1.23456}`.toString(), '001.23');
  });
});

describe('numbers of the page', () => {
  it('carry their unit, and nothing never looks like something', () => {
    const gap = '\u00a0';
    const cases: readonly (readonly [string, string])[] = [
      [whole(1_234_567), '1,234,567'],
      [amount(12.345), '12.35'],
      [amount(1_234.5), '1,235'],
      [amount(96, 'eventsPerS'), '96.0'],
      [percent(0.2503), `25.03${gap}%`],
      [percent(0), `0${gap}%`],
      [times(1.0336), `1.034${gap}×`],
      [bytes(1_300_000_000), `1.3${gap}GB`],
      [duration(201), `3${gap}min${gap}21${gap}s`],
      [perSecond(9_817.4), '9,817/s'],
      [perSecond(83.33), '83.3/s'],
      [shortened('worker-with-a-name'), 'worker-with…'],
      [shortened('w-1'), 'w-1'],
    ];
    for (const [text, expected] of cases) assert.strictEqual(text, expected);
    for (const format of [whole, amount, percent, times, bytes, duration]) {
      assert.strictEqual(format(Number.NaN), '–');
    }
    assert.notStrictEqual(percent(1e-9), percent(0));
  });
});

describe('runs of the circle', () => {
  it('cover it once, neighbours of one class together', () => {
    const runs = runsOf(['a', 'a', 'b', 'a']);
    assert.deepEqual(runs.get('a'), [
      { from: 0, to: 0.5 },
      { from: 0.75, to: 1 },
    ]);
    assert.deepEqual(runs.get('b'), [{ from: 0.5, to: 0.75 }]);
  });

  it('are bounded however many there are, and still cover the circle', () => {
    const classes = Array.from({ length: 16_384 }, (_, slot) => `w-${(slot * 7) % 11}`);
    const arcs = [...runsOf(classes).values()].flat();
    assert.isAtMost(arcs.length, 2_048);
    assert.closeTo(
      arcs.reduce((sum, { from, to }) => sum + to - from, 0),
      1,
      1e-9,
    );
  });

  it('are drawn as two halves where one arc would be a point', () => {
    assert.lengthOf(arcPath({ from: 0, to: 1 }, 100).match(/A/g) ?? [], 2);
    assert.strictEqual(arcPath({ from: 0, to: 0.25 }, 100), 'M0 -100A100 100 0 0 1 100 0');
  });
});

describe('scales of charts', () => {
  it('have round ticks around what they show', () => {
    assert.deepEqual(ticksUpTo(0, 0.28), [0, 0.1, 0.2, 0.3]);
    assert.deepEqual(ticksUpTo(1, 1.6), [1, 1.2, 1.4, 1.6]);
    assert.deepEqual(ticksWithin(0.85, 1.2), [0.9, 1, 1.1, 1.2]);
    assert.isAbove(ticksUpTo(1, 1).length, 1);
  });

  it('keep the worst where there is no room for all', () => {
    const points = Array.from({ length: 500 }, (_, step) => ({
      from: step,
      to: step,
      value: step === 333 ? 9 : 1,
      tip: '',
    }));
    const kept = thinned(points, 100);
    assert.isAtMost(kept.length, 100);
    assert.strictEqual(Math.max(...kept.map(({ value }) => value)), 9);
    assert.deepEqual([kept[0]?.from, kept.at(-1)?.to], [0, 499]);
  });
});
