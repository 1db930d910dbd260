package dev.counterfoil.custodian.held;

import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.SignedNote;
import java.nio.charset.StandardCharsets;

/** Has what was appended count, as if the log had signed a checkpoint for it. */
final class TestVouching {
  private TestVouching() {}

  static void vouch(CustodyLog log, String name) throws Exception {
    Checkpoint checkpoint =
        new Checkpoint("login.example/logs/" + name, log.size(), log.rootAt(log.size()));
    log.vouch(
        new CustodyLog.Vouched(
            SignedNote.parse(
                (checkpoint.text() + "\n\u2014 log " + "AAAAAAAA\n")
                    .getBytes(StandardCharsets.UTF_8)),
            checkpoint));
  }
}
