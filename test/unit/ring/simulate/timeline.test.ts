import { assert } from 'chai';
import { describe, it } from 'mocha';
import { parseScenario } from '../../../../ring/simulate/scenario-parse.ts';
import { type Timeline, timelineOf } from '../../../../ring/simulate/timeline.ts';
import type { Scenario, SimulatedMember } from '../../../../ring/simulate/types.ts';
import { equalMembers, refusalOf } from '../../../support/simulated.ts';

const zoned: readonly SimulatedMember[] = ['a', 'b', 'c', 'a'].map((zone, i) => ({
  id: `w-${i + 1}`,
  weight: 1,
  zone,
}));

/** Each step as its label and who is there then. */
function told({ steps }: Timeline): string[] {
  return steps.map(({ label, members }) => `${label} | ${members.map(({ id }) => id).join(' ')}`);
}

describe('a time line', () => {
  const cases: readonly [string, readonly SimulatedMember[], Scenario, readonly string[]][] = [
    [
      'names newcomers on from the highest number',
      [...equalMembers(2), { id: 'w-9', weight: 1 }, { id: 'x1', weight: 1 }],
      [{ kind: 'add', count: 2 }],
      ['add w-10, w-11 | w-1 w-2 w-9 x1 w-10 w-11'],
    ],
    [
      'puts newcomers where fewest are',
      zoned,
      [
        { kind: 'add', count: 2 },
        { kind: 'zone-loss', zone: 'b' },
      ],
      ['add w-5, w-6 | w-1 w-2 w-3 w-4 w-5 w-6', 'lose zone b | w-1 w-3 w-4 w-6'],
    ],
    [
      'plays one change after the other',
      equalMembers(3),
      [
        { kind: 'remove', ids: ['w-2'] },
        { kind: 'crash', ids: ['w-1'] },
        { kind: 'join', members: [{ id: 'w-2', weight: 3 }] },
      ],
      ['remove w-2 | w-1 w-3', 'crash w-1 | w-3', 'join w-2 | w-3 w-2'],
    ],
    [
      'takes a round as one step',
      equalMembers(3),
      [
        {
          kind: 'round',
          changes: [
            { kind: 'add', count: 1 },
            { kind: 'remove', ids: ['w-1'] },
            { kind: 'weight', weights: { 'w-4': 2 } },
          ],
        },
      ],
      ['add w-4, remove w-1, weight w-4 = 2 | w-2 w-3 w-4'],
    ],
    [
      'spells a deploy out, everybody back in their place',
      equalMembers(3),
      [{ kind: 'rolling-deploy', atOnce: 2 }],
      [
        'deploy 1/2: w-1, w-2 leave | w-3',
        'deploy 1/2: w-1, w-2 are back | w-1 w-2 w-3',
        'deploy 2/2: w-3 leaves | w-1 w-2',
        'deploy 2/2: w-3 is back | w-1 w-2 w-3',
      ],
    ],
    [
      'scales up from where it is, the last part smaller',
      equalMembers(1),
      [{ kind: 'autoscale', from: 2, to: 5, by: 2 }],
      [
        'autoscale 1 → 2 | w-1 w-2',
        'autoscale 2 → 4 | w-1 w-2 w-3 w-4',
        'autoscale 4 → 5 | w-1 w-2 w-3 w-4 w-5',
      ],
    ],
    [
      'scales down, the latest first',
      equalMembers(3),
      [{ kind: 'autoscale', from: 3, to: 1, by: 1 }],
      ['autoscale 3 → 2 | w-1 w-2', 'autoscale 2 → 1 | w-1'],
    ],
  ];
  for (const [name, members, scenario, expected] of cases) {
    it(name, () => {
      assert.deepEqual(told(timelineOf(members, scenario)), expected);
    });
  }

  it('keeps surveys where they stand and makes no steps of them', () => {
    const timeline = timelineOf(equalMembers(4), [
      { kind: 'any-one' },
      { kind: 'add', count: 1 },
      { kind: 'any-two' },
    ]);
    assert.deepEqual(
      timeline.surveys.map(({ kind, afterStep, changeIndex, members }) => [
        kind,
        afterStep,
        changeIndex,
        members.length,
      ]),
      [
        ['any-one', 0, 0, 4],
        ['any-two', 1, 2, 5],
      ],
    );
  });

  it('says who was lost without notice, and keeps zones and capacities', () => {
    const members = [{ ...equalMembers(1)[0], id: 'a', weight: 2, capacity: 1, zone: 'x' }];
    const { steps } = timelineOf([...members, ...zoned], [{ kind: 'zone-loss', zone: 'a' }]);
    assert.deepEqual(steps[0]?.crashed, ['w-1', 'w-4']);
    assert.deepEqual(steps[0]?.members[0], { id: 'a', weight: 2, capacity: 1, zone: 'x' });
  });

  const refused: readonly [SimulatedMember[], Scenario, string, RegExp][] = [
    [[], [], 'ring.empty', /without members/],
    [equalMembers(2), [{ kind: 'remove', ids: ['w-9'] }], 'ring.unknown_member', /"w-9".*w-1, w-2/],
    [
      equalMembers(2),
      [
        { kind: 'remove', ids: ['w-1'] },
        { kind: 'crash', ids: ['w-1'] },
      ],
      'ring.unknown_member',
      /"w-1" is not on the ring; there are w-2/,
    ],
    [equalMembers(2), [{ kind: 'remove', ids: ['w-1', 'w-2'] }], 'ring.empty', /w-1, w-2 would/],
    [equalMembers(1), [{ kind: 'rolling-deploy' }], 'ring.empty', /would leave no member/],
    [[...zoned], [{ kind: 'zone-loss', zone: 'z' }], 'ring.unknown_zone', /"z".*a, b, c/],
    [equalMembers(2), [{ kind: 'zone-loss', zone: 'z' }], 'ring.unknown_zone', /no member has/],
    [
      equalMembers(2),
      [{ kind: 'weight', weights: { 'w-1': 0 } }],
      'ring.bad_weight',
      /weight 0 of/,
    ],
    [equalMembers(2), [{ kind: 'weight', weights: { 'w-1': -2 } }], 'ring.bad_weight', /weight -2/],
    [equalMembers(2), [{ kind: 'weight', weights: { x: 1 } }], 'ring.unknown_member', /"x"/],
    [equalMembers(2), [{ kind: 'weight', weights: {} }], 'ring.bad_change', /without members/],
    [equalMembers(2), [{ kind: 'remove', ids: ['w-1', 'w-1'] }], 'ring.bad_change', /twice/],
    [[...equalMembers(2), ...equalMembers(1)], [], 'ring.duplicate_member', /w-1 is there twice/],
    [
      equalMembers(2),
      [{ kind: 'join', members: equalMembers(1) }],
      'ring.duplicate_member',
      /w-1 is there twice/,
    ],
    [[{ id: 'A', weight: 1 }], [], 'ring.bad_member_id', /"A"/],
    [[{ id: 'a', weight: 1, capacity: 0 }], [], 'ring.bad_weight', /capacity 0 of member a/],
    [equalMembers(2), [{ kind: 'add', count: 0 }], 'ring.bad_option', /count of add 0/],
    [equalMembers(2), [{ kind: 'add', count: 1.5 }], 'ring.bad_option', /1\.5/],
    [equalMembers(2), [{ kind: 'autoscale', from: 1, to: 0, by: 1 }], 'ring.bad_option', /to of/],
    [equalMembers(1), [{ kind: 'any-one' }], 'ring.empty', /any-one of 1/],
    [equalMembers(2), [{ kind: 'any-two' }], 'ring.empty', /any-two of 2/],
    [equalMembers(513), [{ kind: 'any-two' }], 'ring.too_many_steps', /pairMembersMax 512/],
    [
      equalMembers(100),
      Array.from({ length: 21 }, () => ({ kind: 'rolling-deploy' as const })),
      'ring.too_many_steps',
      /stepsMax 4096/,
    ],
    [equalMembers(2), [{ kind: 'round', changes: [] }], 'ring.bad_change', /round without/],
  ];
  for (const [members, scenario, code, message] of refused) {
    it(`refuses with ${code} ${message.source}`, () => {
      const error = refusalOf(() => timelineOf(members, scenario));
      assert.strictEqual(error.code, code);
      assert.match(error.message, message);
    });
  }
});

describe('a scenario from a file', () => {
  it('is taken as it is when it is one', () => {
    const scenario: Scenario = [
      { kind: 'add', count: 1, zone: 'a' },
      { kind: 'join', members: equalMembers(1) },
      { kind: 'round', changes: [{ kind: 'crash', ids: ['w-1'] }] },
      { kind: 'weight', weights: { a: 2 } },
      { kind: 'rolling-deploy' },
      { kind: 'autoscale', from: 1, to: 2, by: 1 },
      { kind: 'any-two' },
    ];
    assert.deepEqual(parseScenario(JSON.parse(JSON.stringify(scenario))), scenario);
  });

  const refused: readonly [unknown, RegExp][] = [
    [{}, /list of changes/],
    [[7], /change 1 is not an object/],
    [[{ kind: 'explode' }], /kind "explode" of change 1 is not one of add, join/],
    [[{ kind: 'constructor' }], /kind "constructor"/],
    [[{ kind: 'any-one' }, { kind: 'add' }], /count of change 2 \(add\) is missing/],
    [[{ kind: 'add', count: '1' }], /count of change 1 \(add\) is "1", not a number/],
    [[{ kind: 'remove', ids: 'w-1' }], /ids .* not a list of ids/],
    [[{ kind: 'remove', ids: ['w-1'], id: 2 }], /has no field "id"/],
    [[{ kind: 'weight', weights: { a: '2' } }], /not an object of ids and weights/],
    [[{ kind: 'round', changes: [{ kind: 'any-one' }] }], /change 1 of change 1 is not one of add/],
  ];
  for (const [value, message] of refused) {
    it(`is refused: ${message.source}`, () => {
      const error = refusalOf(() => parseScenario(value));
      assert.strictEqual(error.code, 'ring.bad_change');
      assert.match(error.message, message);
    });
  }
});
