package dev.counterfoil.drills.storm;

import dev.counterfoil.drills.mail.DovecotServer;
import dev.counterfoil.drills.run.Drill;
import dev.counterfoil.drills.run.DrillFolder;
import dev.counterfoil.drills.run.DrillRun;
import dev.counterfoil.drills.run.Expectation;
import dev.counterfoil.drills.theft.StolenKey;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/**
 * The breach of 2023 replayed on real parts: a signing key of the consumer domain is stolen and
 * opens mailboxes of the enterprise domain, at a real mail server, over IMAP.
 */
public final class Storm0558 implements Drill {
  private final Path parent;
  private final InstantSource clock;
  private final SecureRandom random;
  private final List<Act> acts;

  /**
   * Prepares the drill.
   *
   * @param parent a folder in which a fresh one is made; short, and passable for other users, such
   *     as {@code /tmp}
   */
  public Storm0558(Path parent, InstantSource clock, SecureRandom random) {
    this(parent, clock, random, StolenKey.FOUND_WITHIN);
  }

  /** The same on a machine that may be busy with other things. */
  Storm0558(Path parent, InstantSource clock, SecureRandom random, Duration foundWithin) {
    this.parent = parent;
    this.clock = clock;
    this.random = random;
    this.acts =
        List.of(
            new AsItWas(foundWithin),
            new OneControlAtATime(),
            new AsItShouldBe(foundWithin),
            new TellingTheTruth());
  }

  @Override
  public String name() {
    return "storm-0558";
  }

  @Override
  public String purpose() {
    return "A consumer signing key is stolen and opens enterprise mailboxes, as in 2023. The"
        + " drill shows what each control stops, what the record shows, and what can be"
        + " proved afterwards.";
  }

  @Override
  public List<Expectation> expectations() {
    return acts.stream().flatMap(act -> act.expectations().stream()).toList();
  }

  @Override
  public void run(DrillRun run) throws Exception {
    DovecotServer.requireInstalled();
    try (DrillFolder folder = DrillFolder.make(parent, random);
        ThrowawayStage stage = ThrowawayStage.set(folder, clock, random, run::says)) {
      Thread interrupted = new Thread(() -> end(stage, folder), "drill-interrupted");
      Runtime.getRuntime().addShutdownHook(interrupted);
      try {
        for (Act act : acts) {
          act.play(run, stage);
        }
      } finally {
        withdraw(interrupted);
      }
    }
  }

  /** Ctrl-C ends the processes and removes the folder too. */
  private static void end(ThrowawayStage stage, DrillFolder folder) {
    stage.close();
    try {
      folder.close();
    } catch (IOException e) {
      // The play goes on writing until this process ends; what is left is a folder of its own name.
      System.err.println("left behind: " + folder.path());
    }
  }

  private static void withdraw(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The hook runs already: this process ends by it.
      return;
    }
  }
}
