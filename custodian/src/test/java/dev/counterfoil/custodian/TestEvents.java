package dev.counterfoil.custodian;

import dev.counterfoil.custodian.issuer.Alarm;
import java.util.ArrayList;
import java.util.List;

/** Keeps what a custodian tells of. */
public class TestEvents implements Custodian.Events {
  public final List<Access> reads = new ArrayList<>();
  private final List<Alarm> alarms;

  /** Tells of nothing but in what it is asked for. */
  public TestEvents() {
    this(new ArrayList<>());
  }

  /** Puts alarms into a list. */
  public TestEvents(List<Alarm> alarms) {
    this.alarms = alarms;
  }

  @Override
  public void alarm(Alarm alarm) {
    alarms.add(alarm);
  }

  @Override
  public void read(Access access) {
    reads.add(access);
  }
}
