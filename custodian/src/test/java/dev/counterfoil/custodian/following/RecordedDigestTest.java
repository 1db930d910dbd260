package dev.counterfoil.custodian.following;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.custodian.TestEvents;
import dev.counterfoil.custodian.issuer.IssuerSource;
import dev.counterfoil.custodian.issuer.IssuerUnavailableException;
import dev.counterfoil.custodian.issuer.RecordStream;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keylog.KeySet.StatedLog;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.TestLogKey;
import dev.counterfoil.format.policy.TlogProof;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.verifier.SettableClock;
import dev.counterfoil.verifier.TestIssuer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Where a domain's record logs have a digest. */
@Timeout(60)
final class RecordedDigestTest {
  private static final Hash DIGEST = Hash.sha256("a token".getBytes(StandardCharsets.UTF_8));

  @TempDir Path folder;
  private final List<String> asked = new ArrayList<>();
  private final TestLogKey one = TestLogKey.of(origin("d1g1"));
  private final TestLogKey other = TestLogKey.of(origin("d2g1"));
  private final Set<String> away = new HashSet<>();
  private @Nullable Hash held = DIGEST;

  /** Record logs that have one entry each, the same. */
  private final IssuerSource doors =
      new IssuerSource() {
        @Override
        public byte[] checkpoint(StatedLog log) {
          throw new IllegalStateException("no log is followed");
        }

        @Override
        public RecordStream records(StatedLog log, long from) {
          throw new IllegalStateException("no log is followed");
        }

        @Override
        public byte[] entries(StatedLog log, long bundle, long size) {
          throw new IllegalStateException("no log is followed");
        }

        @Override
        public byte[] proof(StatedLog log, long position) throws IssuerUnavailableException {
          throw new IssuerUnavailableException("a digest is asked for");
        }

        @Override
        public Optional<byte[]> proof(StatedLog log, Hash digest)
            throws IssuerUnavailableException {
          asked.add(log.name());
          if (away.contains(log.name())) {
            throw new IssuerUnavailableException("down");
          }
          if (held == null) {
            return Optional.empty();
          }
          Hash root = new Leaf(held).hash(new TreeHasher());
          Checkpoint only = new Checkpoint(origin(log.name()), 1, root);
          try {
            return Optional.of(new TlogProof(0, List.of(), only.sign(key(log.name()))).bytes());
          } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
          }
        }
      };

  private static String origin(String log) {
    return "login.example/logs/" + log;
  }

  private TestLogKey key(String log) {
    return log.equals("d1g1") ? one : other;
  }

  private StatedLog stated(String log) {
    return new StatedLog(log, key(log).key(), URI.create("https://" + origin(log)));
  }

  @Test
  void onlyTheLogsThatCountAreAskedAndTheirProofIsChecked() throws Exception {
    SettableClock clock = new SettableClock(Instant.parse("2026-11-25T12:00:00Z"));
    TestIssuer issuer = new TestIssuer("main", "https://login.example", clock);
    try (TestCustody custody =
        new TestCustody(
            clock,
            folder,
            new TestEvents(),
            List.of(new TestCustody.Source(issuer.policy(), doors, issuer)))) {
      FollowedIssuer followed = custody.issuers.values().iterator().next();
      followed.resume(stated("d1g1"));
      followed.resume(stated("d2g1"));

      for (String log : List.of("d1g1", "d2g1")) {
        asked.clear();
        assertThat(followed.recorded(DIGEST, log::equals))
            .hasValueSatisfying(
                at -> {
                  assertThat(at.log()).isEqualTo(log);
                  assertThat(at.position()).isZero();
                });
        assertThat(asked).containsExactly(log);
      }
      assertThat(followed.recorded(DIGEST, log -> false)).isEmpty();

      away.add("d1g1");
      assertThat(followed.recorded(DIGEST, log -> true)).as("the other one has it").isPresent();
      held = null;
      assertThatThrownBy(() -> followed.recorded(DIGEST, log -> true))
          .as("the one that does not answer may have it")
          .isInstanceOf(IssuerUnavailableException.class);
      away.clear();
      assertThat(followed.recorded(DIGEST, log -> true)).as("the control").isEmpty();

      held = Hash.sha256("another token".getBytes(StandardCharsets.UTF_8));
      assertThatThrownBy(() -> followed.recorded(DIGEST, log -> true))
          .as("by a proof of another")
          .isInstanceOf(IssuerUnavailableException.class);
    }
  }
}
