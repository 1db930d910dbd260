package dev.counterfoil.monitor.watching;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.monitor.findings.FindingStore;
import java.time.InstantSource;

/** All that is watched by what an authority says of itself. Belongs to one thread. */
public final class HealthWatch {
  private final CosignerWatch cosigners;
  private final LogDamageWatch damage;
  private final SignerAlarmWatch alarms;
  private final SignerAwayWatch away;

  public HealthWatch(InstantSource clock, FindingStore findings) {
    this.cosigners = new CosignerWatch(clock, findings);
    this.damage = new LogDamageWatch(clock, findings::raiseOnce);
    this.alarms = new SignerAlarmWatch(clock, findings::raiseOnce);
    this.away = new SignerAwayWatch(clock, findings);
  }

  /** Looks once at what {@link AuthorityHealth} read. */
  public void look(String domain, JsonObject health) {
    cosigners.look(domain, health);
    damage.look(domain, health);
    alarms.look(domain, health);
    away.look(domain, health);
  }
}
