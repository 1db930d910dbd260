package dev.counterfoil.drills.storm;

import dev.counterfoil.drills.mail.DovecotServer;
import dev.counterfoil.drills.run.Drill;
import dev.counterfoil.drills.run.DrillRun;
import dev.counterfoil.drills.theft.StolenKey;
import java.time.Duration;

/**
 * The breach of 2023 replayed on real parts: a signing key of the consumer domain is stolen and
 * opens mailboxes of the enterprise domain, at a real mail server, over IMAP.
 */
public final class Storm0558 extends Drill {
  private final Duration foundWithin;

  public Storm0558() {
    this(StolenKey.FOUND_WITHIN);
  }

  /** The same on a machine that may be busy with other things. */
  Storm0558(Duration foundWithin) {
    super("storm-0558");
    this.foundWithin = foundWithin;
  }

  @Override
  protected void play(DrillRun run) throws Exception {
    DovecotServer.requireInstalled();
    Stage stage = new Stage(run);
    new AsItWas(foundWithin).play(run, stage);
    new OneControlAtATime().play(run, stage);
    new AsItShouldBe(foundWithin).play(run, stage);
    TellingTheTruth.play(run, stage);
  }
}
