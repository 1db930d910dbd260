package dev.counterfoil.custodian.issuer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignatureSigner;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.note.SignedNote.NoteSignature;
import dev.counterfoil.format.note.TestCosigner;
import dev.counterfoil.format.policy.LogPolicy;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.log.care.ClockCheck;
import dev.counterfoil.log.read.LogSource;
import dev.counterfoil.verifier.SettableClock;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The way on which a custodian reads the key log. */
final class HeldKeyLogTest {
  @TempDir Path folder;
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-01T10:00:00Z"));

  @Test
  void whatTheKeyLogsWitnessesSayOfTheTimeIsHeard() throws Exception {
    RecordedIssuer issuer = new RecordedIssuer("acme", "https://login.example", clock);
    CosignatureSigner witness = new TestCosigner("w.example/1", CosignerKey.Algorithm.ED25519, 1);
    TrustPolicy pinned = issuer.issuer.policy();
    TrustPolicy policy =
        new TrustPolicy(
            pinned.domain(),
            pinned.issuer(),
            pinned.root(),
            new LogPolicy(
                pinned.logPolicy().logs(),
                List.of(new LogPolicy.Witness("w1", witness.key(), Optional.empty())),
                List.of(),
                "w1"));
    Instant truth = clock.instant();
    ClockCheck clocks = ClockCheck.by(policy.logPolicy(), clock, () -> 0);
    long[] second = {0};
    URI head = URI.create(KeyLog.url(policy.issuer()) + "/checkpoint");
    URI cosigned = URI.create(KeyLog.url(policy.issuer()) + "/" + LogSource.COSIGNED);
    try (HeldKeyLog keyLog =
        new HeldKeyLog(
            policy,
            folder,
            (uri, bytesMax) -> {
              byte[] bytes = issuer.keyLog().get(head, bytesMax);
              return uri.equals(cosigned)
                  ? cosigned(bytes, witness, truth.plusSeconds(second[0]++))
                  : bytes;
            },
            clocks)) {
      for (Duration error : List.of(Duration.ZERO, Duration.ofHours(1))) {
        clock.set(truth.plus(error));
        for (int i = 0; i < ClockCheck.WORDS_MIN; i++) {
          keyLog.get(head, SignedNote.BYTES_MAX);
          keyLog.get(cosigned, SignedNote.BYTES_MAX);
        }
        assertThat(clocks.off().isPresent()).isEqualTo(!error.isZero());
      }
    }
  }

  private static byte[] cosigned(byte[] head, CosignatureSigner witness, Instant at) {
    try {
      SignedNote note = SignedNote.parse(head);
      List<NoteSignature> lines = new ArrayList<>(note.signatures());
      lines.add(Cosignature.make(note.text(), at.getEpochSecond(), witness).line());
      return new SignedNote(note.text(), lines).bytes();
    } catch (GeneralSecurityException | FormatException e) {
      throw new IllegalStateException(e);
    }
  }
}
