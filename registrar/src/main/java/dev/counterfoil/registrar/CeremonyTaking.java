package dev.counterfoil.registrar;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.ceremony.Ceremony;
import dev.counterfoil.format.keylog.KeyLogEntry;
import dev.counterfoil.format.keylog.KeyLogState;
import dev.counterfoil.format.root.Delegation;
import dev.counterfoil.format.root.JointStatement;
import dev.counterfoil.format.root.RootChain;
import dev.counterfoil.format.root.RootMetadata;
import dev.counterfoil.registrar.keys.StatementKeys;
import dev.counterfoil.registrar.settings.RegistrarConfiguration;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Takes over what the root's holders signed, when nothing speaks against it. */
final class CeremonyTaking {
  private final RegistrarConfiguration configuration;
  private final RegistrarLog keyLog;
  private final StatementKeys statementKeys;
  private Runnable before = () -> {};

  CeremonyTaking(
      RegistrarConfiguration configuration, RegistrarLog keyLog, StatementKeys statementKeys) {
    this.configuration = configuration;
    this.keyLog = keyLog;
    this.statementKeys = statementKeys;
  }

  /** Whom to tell of a ceremony before it is recorded. */
  void onTake(Runnable told) {
    before = told;
  }

  /**
   * Takes over what the root's holders signed: all of it that is new, at once. What is for another
   * domain is left out; so the same file serves every registrar.
   */
  Answer record(Ceremony ceremony) throws FormatException {
    if (configuration.rootPin().isEmpty()) {
      return new Answer.Refused(
          Code.CONFLICT,
          "the configuration pins no root. Add the line that counterfoil root init printed");
    }
    Ceremony.Checked checked = ceremony.check();
    if (!checked.missing().isEmpty()) {
      Ceremony.Missing first = checked.missing().getFirst();
      return new Answer.Refused(
          Code.CONFLICT,
          "the ceremony is not complete: %s has %d of %d signatures"
              .formatted(first.what(), first.have(), first.need()));
    }
    List<byte[]> entries = new ArrayList<>();
    for (JointStatement root : ceremony.roots().subList(known(ceremony), ceremony.roots().size())) {
      entries.add(KeyLogEntry.of(root));
    }
    Instant now = keyLog.now();
    boolean any = false;
    boolean current = false;
    for (int i = 0; i < checked.said().size(); i++) {
      Delegation delegation = checked.said().get(i);
      if (!delegation.domain().equals(configuration.process().domain())
          || !delegation.issuer().equals(configuration.process().issuer().toString())) {
        continue;
      }
      any = true;
      if (statementKeys.of(delegation.statementKey()).isEmpty()) {
        return new Answer.Refused(
            Code.OUT_OF_SCOPE,
            "a delegation names a statement key that this registrar does not hold");
      }
      current |=
          keyLog.state().windows().all().stream()
              .anyMatch(one -> one.delegation().equals(delegation));
      if (delegation.version() > keyLog.state().windows().highestVersion()) {
        entries.add(KeyLogEntry.of(ceremony.delegations().get(i)));
        current = true;
      }
    }
    if (!any && !checked.said().isEmpty()) {
      return new Answer.Refused(Code.OUT_OF_SCOPE, "the ceremony is for other domains");
    }
    if (any && !current) {
      return new Answer.Refused(Code.CONFLICT, "a later ceremony has replaced this one");
    }
    if (entries.isEmpty()) {
      return keyLog.unchanged();
    }
    Optional<Answer.Refused> objection = objection(entries, checked.root(), now);
    if (objection.isPresent()) {
      return objection.get();
    }
    before.run();
    return keyLog.record(entries);
  }

  /** How many of a ceremony's versions of the root are recorded. */
  private int known(Ceremony ceremony) throws FormatException {
    List<RootChain.Link> links = keyLog.state().root().links();
    for (int i = 0; i < Math.min(links.size(), ceremony.roots().size()); i++) {
      if (!RootMetadata.parse(ceremony.roots().get(i)).equals(links.get(i).root())) {
        throw new FormatException(
            "version " + (i + 1) + " of the ceremony's root is not the one that is recorded");
      }
    }
    return Math.min(links.size(), ceremony.roots().size());
  }

  /** What the clock says against it, which the log's own rules do not ask. */
  private Optional<Answer.Refused> objection(List<byte[]> entries, RootMetadata root, Instant now)
      throws FormatException {
    KeyLogState next = keyLog.state().copy();
    for (byte[] entry : entries) {
      next.apply(entry);
    }
    boolean delegates = next.windows().highestVersion() > keyLog.state().windows().highestVersion();
    if (delegates && !now.isBefore(root.expires())) {
      return Optional.of(
          new Answer.Refused(
              Code.CONFLICT, "the root expired at " + root.expires() + ". Rotate it first"));
    }
    if (!next.root().reachesPin()) {
      return Optional.of(
          new Answer.Refused(
              Code.CONFLICT, "the ceremony does not have the root that the configuration pins"));
    }
    boolean nothingLeft =
        next.windows().all().stream()
            .noneMatch(window -> now.isBefore(window.delegation().notAfter()));
    if (delegates && nothingLeft) {
      return Optional.of(
          new Answer.Refused(Code.CONFLICT, "all windows of the ceremony have ended"));
    }
    // Such as by a ceremony whose clock was ahead: it would be an outage until its windows begin.
    if (keyLog.delegation().isPresent() && next.delegation(now).isEmpty()) {
      return Optional.of(
          new Answer.Refused(
              Code.CONFLICT,
              "the ceremony would leave a time without a window. Its first window begins at "
                  + next.windows().all().getLast().delegation().notBefore()));
    }
    return Optional.empty();
  }
}
