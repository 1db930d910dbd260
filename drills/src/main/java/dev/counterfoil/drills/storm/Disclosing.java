package dev.counterfoil.drills.storm;

import dev.counterfoil.disclosure.DisclosureException;
import dev.counterfoil.disclosure.DisclosureKey;
import dev.counterfoil.disclosure.PublicStatement;
import dev.counterfoil.disclosure.SignedDisclosure;
import dev.counterfoil.disclosure.TheftNotice;
import dev.counterfoil.disclosure.desk.OwnKeys;
import dev.counterfoil.disclosure.record.DisclosureLog;
import dev.counterfoil.disclosure.record.RecordEntry;
import dev.counterfoil.disclosure.record.RecordKind;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.StatedDisclosureKey;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.log.disk.FileDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/** A domain that has something to tell: its disclosure keys and log, and its policy. */
final class Disclosing implements AutoCloseable {
  private static final Duration KEYS_FOR = Duration.ofDays(1);
  private static final Duration STATED_WITHIN = Duration.ofSeconds(30);

  /** Has the registrar state keys, and gives the index of the entry. */
  interface Registrar {
    long state(JsonObject keys) throws IOException, InterruptedException, FormatException;
  }

  private final TrustPolicy policy;
  private final OwnKeys keys;
  private final DisclosureLog log;

  Disclosing(Path folder, TrustPolicy policy, Registrar registrar, InstantSource clock)
      throws IOException, InterruptedException, FormatException {
    this.policy = policy;
    keys =
        OwnKeys.openOrMake(
            FileDisk.privateFolder(folder), policy, policy.domain() + ".example/disclosure");
    long index = registrar.state(keys.request(clock.instant().plus(KEYS_FOR)).toJson());
    StatedDisclosureKey _ = keys.take(DisclosureKey.await(policy, index, clock, STATED_WITHIN));
    log =
        DisclosureLog.open(
            folder, folder.resolve(DisclosureLog.FOLDER), keys.notes(), new SecureRandom());
  }

  /** What its tenants' verifiers start from. */
  TrustPolicy policy() {
    return policy;
  }

  SignedDisclosure sign(TheftNotice notice) throws IOException, DisclosureException {
    return kept(
        RecordKind.NOTICE,
        notice.incident(),
        notice.issuedAt(),
        keys.sign(TheftNotice.TYPE, notice.toJson(), notice.issuedAt()));
  }

  SignedDisclosure sign(PublicStatement statement) throws IOException, DisclosureException {
    return kept(
        RecordKind.PUBLICATION,
        statement.incident(),
        statement.issuedAt(),
        keys.sign(PublicStatement.TYPE, statement.toJson(), statement.issuedAt()));
  }

  private SignedDisclosure kept(
      RecordKind kind, String incident, Instant at, SignedDisclosure signed) throws IOException {
    Hash digest = signed.digest();
    RecordEntry entry =
        log.append(
            kind,
            incident,
            at,
            "drill",
            JsonObject.builder().put("signed", signed.text()).build(),
            Optional.of(digest));
    return signed.with(log.receipt(entry.position()));
  }

  @Override
  public void close() throws IOException {
    log.close();
  }
}
