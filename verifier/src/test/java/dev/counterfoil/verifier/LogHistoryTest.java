package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.policy.LogPolicy;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.verifier.leaves.CosignedTip;
import dev.counterfoil.verifier.leaves.TileReader;
import dev.counterfoil.verifier.reading.ReadSide;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who hears of a log that signed two histories, and when. */
class LogHistoryTest {
  private final TestLog log = new TestLog("s1g1", "login.example/logs/s1g1");
  private final TestLog other = new TestLog("s1g1", log.origin(), log.key());
  private final List<LogFork> heard = new ArrayList<>();
  private final LogHistory history = history();

  private LogHistory history() {
    KeySet.StatedLog stated =
        new KeySet.StatedLog(
            "s1g1", log.key().noteKey(log.origin()), URI.create("https://login.example/logs/s1g1"));
    ReadSide nothing =
        (uri, bytesMax) -> {
          throw new IOException("nothing is read here");
        };
    return new LogHistory(
        stated,
        nothing,
        new TileReader(LogView.reads(nothing), stated, 10),
        new CosignedTip(LogPolicy.EMPTY, Duration.ofMinutes(1), InstantSource.system()),
        LogPolicy.EMPTY,
        this::listen);
  }

  private static Checkpoint grown(TestLog of, String leaf) throws FormatException {
    of.append(Leaf.of(leaf.getBytes(StandardCharsets.UTF_8)));
    return Checkpoint.parse(of.checkpoint().text());
  }

  /** Waits for another thread that checks a token of the same log. */
  private void listen(LogFork fork) {
    CompletableFuture.runAsync(() -> history.note(fork.one()))
        .orTimeout(5, TimeUnit.SECONDS)
        .join();
    heard.add(fork);
  }

  @Test
  @Timeout(30)
  void whoListensHoldsUpNobodyElse() throws Exception {
    Checkpoint one = grown(log, "a token");
    history.note(one);
    history.note(one);
    assertThat(heard).isEmpty();

    Checkpoint two = grown(other, "another token");
    history.note(two);
    assertThat(heard).containsExactly(new LogFork(one, two));
    assertThat(history.isForked()).isTrue();

    history.note(two);
    assertThat(heard).as("told once").hasSize(1);
  }
}
