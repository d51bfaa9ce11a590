import { expect } from 'chai';
import { describe, it } from 'mocha';
import { type BannerFacts, bannerOf } from '../../../cli/banner.ts';

const facts: BannerFacts = {
  version: '1.2.3',
  commandName: 'ringway',
  gateways: [
    { id: 'g-1', publicUrl: 'ws://127.0.0.1:8080/ws', adminUrl: 'http://127.0.0.1:8081' },
    { id: 'g-2', publicUrl: 'ws://127.0.0.1:4242/ws', adminUrl: 'http://127.0.0.1:4243' },
  ],
  workers: ['w-1', 'w-2'],
  application: 'chat',
  wantsToken: false,
  canSignTokens: true,
  wantsAdminToken: false,
};

describe('what ringway up prints', () => {
  it('names every address, and commands without options that are defaults', () => {
    const text = bannerOf(facts).join('\n');
    expect(text).to.include('http://127.0.0.1:8081/').and.to.include('ws://127.0.0.1:4242/ws');
    expect(text).to.match(/^ +ringway connect --user alice$/m);
    expect(text).to.match(/^ +ringway drain w-2$/m);
  });

  it('adds the addresses to the commands when they are not the defaults', () => {
    const [, other] = facts.gateways;
    const text = bannerOf({ ...facts, gateways: other === undefined ? [] : [other] }).join('\n');
    expect(text).to.include('ringway connect --user alice --url ws://127.0.0.1:4242/ws');
    expect(text).to.include('ringway status --admin http://127.0.0.1:4243');
    expect(text).to.include('curl -i http://127.0.0.1:4243/v1/events');
  });

  it('shows how to get in where a token is wanted', () => {
    const text = bannerOf({ ...facts, wantsToken: true }).join('\n');
    expect(text).to.include('connect --token "$(ringway token --user alice)"');
    const secretAt = text.indexOf('export RINGWAY_JWT_SECRET=');
    expect(secretAt).to.be.within(0, text.indexOf('ringway token'));
    expect(bannerOf(facts).join('\n')).not.to.include('RINGWAY_JWT_SECRET');
  });

  it('names a token of another login where it cannot sign one', () => {
    const text = bannerOf({ ...facts, wantsToken: true, canSignTokens: false }).join('\n');
    expect(text).to.include('connect --token "$TOKEN"');
  });

  it('adds the admin token to everything that asks the admin port', () => {
    const text = bannerOf({ ...facts, wantsAdminToken: true }).join('\n');
    expect(text).to.include('status --admin-token "$RINGWAY_ADMIN_TOKEN"');
    expect(text).to.include('-H "authorization: Bearer $RINGWAY_ADMIN_TOKEN"');
  });
});
