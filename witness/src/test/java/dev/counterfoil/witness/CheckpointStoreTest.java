package dev.counterfoil.witness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.Hash;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is remembered, and when it is durable. */
class CheckpointStoreTest {
  @TempDir Path folder;

  @Test
  void everyCommitIsSynced() throws Exception {
    try (CheckpointStore store = CheckpointStore.open(folder.resolve("w.db"))) {
      // 2 is FULL: the write-ahead log is synced before a commit returns (sqlite.org/pragma.html).
      assertThat(store.pragma("synchronous")).isEqualTo("2");
      assertThat(store.pragma("journal_mode")).isEqualTo("wal");
    }
  }

  @Test
  void aDecisionThatFailsLeavesWhatWasHeld() throws Exception {
    try (CheckpointStore store = CheckpointStore.open(folder.resolve("w.db"))) {
      HeldCheckpoint five = new HeldCheckpoint("log.example", 5, Hash.sha256(), 7, "note\n");
      store.decide(
          decision -> {
            decision.hold(five);
            return true;
          });
      assertThatThrownBy(
              () ->
                  store.decide(
                      decision -> {
                        decision.hold(
                            new HeldCheckpoint("log.example", 6, Hash.sha256(), 8, "note\n"));
                        throw new IllegalStateException("the key does not sign");
                      }))
          .hasMessageContaining("does not sign");
      assertThat(store.heldByHash(CheckpointStore.originHash("log.example"))).contains(five);
    }
  }
}
