package dev.counterfoil.format.ceremony;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keylog.KeyLogState;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.root.Delegation;
import dev.counterfoil.format.root.DelegationWindows;
import dev.counterfoil.format.root.JointStatement;
import dev.counterfoil.format.root.RootChain;
import dev.counterfoil.format.root.RootMetadata;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a registrar asks of the root's next ceremony, in the file that is carried there. It proves
 * nothing: what is signed is what the holders are shown.
 *
 * @param domain the registrar's trust domain
 * @param issuer its issuer URL
 * @param statementKey the key that it wants to state with
 * @param bounds the bounds of its configuration
 * @param roots the versions of the root that its key log has
 * @param delegations the delegations that stand there or may stand yet
 * @param highestVersion the highest version of a delegation that was ever recorded
 */
public record CeremonyRequest(
    String domain,
    String issuer,
    PublicJwk statementKey,
    Delegation.Bounds bounds,
    List<JointStatement> roots,
    List<JointStatement> delegations,
    long highestVersion) {
  public CeremonyRequest {
    roots = List.copyOf(roots);
    delegations = List.copyOf(delegations);
  }

  /** What a state of the key log leads to. */
  public static CeremonyRequest of(
      String domain,
      String issuer,
      PublicJwk statementKey,
      Delegation.Bounds bounds,
      KeyLogState state) {
    return new CeremonyRequest(
        domain,
        issuer,
        statementKey,
        bounds,
        state.root().links().stream().map(RootChain.Link::signed).toList(),
        state.windows().all().stream().map(DelegationWindows.Window::signed).toList(),
        state.windows().highestVersion());
  }

  /** The same for another statement key. */
  public CeremonyRequest forKey(PublicJwk key) {
    return new CeremonyRequest(domain, issuer, key, bounds, roots, delegations, highestVersion);
  }

  /** The same within other bounds. */
  public CeremonyRequest within(Delegation.Bounds other) {
    return new CeremonyRequest(
        domain, issuer, statementKey, other, roots, delegations, highestVersion);
  }

  /** The root of the key log; empty when it has none. */
  public Optional<RootMetadata> root() throws FormatException {
    return roots.isEmpty()
        ? Optional.empty()
        : Optional.of(new Ceremony(roots, List.of()).check().root());
  }

  /** Until when the recorded delegations stand without a gap. */
  public Optional<Instant> until(Instant now) throws FormatException {
    return windows().until(now);
  }

  /** The recorded delegations. */
  public DelegationWindows windows() throws FormatException {
    DelegationWindows windows = DelegationWindows.none();
    for (JointStatement signed : delegations) {
      Delegation delegation = Delegation.parse(signed);
      windows =
          windows
              .after(delegation.version() - 1)
              .with(new DelegationWindows.Window(delegation, signed));
    }
    return windows;
  }

  /** The content of the file. */
  public byte[] bytes() {
    return (JsonObject.builder()
                .put("v", 1)
                .put("domain", domain)
                .put("issuer", issuer)
                .put("statement_key", statementKey.toJson())
                .put("tenants", bounds.tenants().toJson())
                .put("audiences", bounds.audiences().toJson())
                .put("token_types", bounds.tokenTypes().toJson())
                .put("record_forms", bounds.recordForms().stream().sorted().toList())
                .put("life_max_s", bounds.lifeMax().toSeconds())
                .put("roots", roots.stream().map(JointStatement::toJson).toList())
                .put("delegations", delegations.stream().map(JointStatement::toJson).toList())
                .put("highest_version", highestVersion)
                .build()
            + "\n")
        .getBytes(StandardCharsets.UTF_8);
  }

  /** Reads the content of the file. */
  public static CeremonyRequest parse(byte[] file) throws FormatException {
    JsonObject json = StrictJson.object(file, Ceremony.BYTES_MAX);
    json.allowOnly(
        "v",
        "domain",
        "issuer",
        "statement_key",
        "tenants",
        "audiences",
        "token_types",
        "record_forms",
        "life_max_s",
        "roots",
        "delegations",
        "highest_version");
    KeyStatement.requireVersion(json);
    long highest = json.number("highest_version");
    if (highest < 0) {
      throw new FormatException("member highest_version is out of range");
    }
    try {
      return new CeremonyRequest(
          json.string("domain"),
          json.string("issuer"),
          PublicJwk.parse(json.object("statement_key")),
          Delegation.Bounds.parse(json),
          Ceremony.statements(RootMetadata.TYPE, json.objects("roots")),
          Ceremony.statements(Delegation.TYPE, json.objects("delegations")),
          highest);
    } catch (IllegalArgumentException e) {
      throw new FormatException("request: " + e.getMessage(), e);
    }
  }
}
