package dev.counterfoil.format.ceremony;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.StatementSigner;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.root.Delegation;
import dev.counterfoil.format.root.DelegationChain;
import dev.counterfoil.format.root.DelegationWindows;
import dev.counterfoil.format.root.JointStatement;
import dev.counterfoil.format.root.RootMetadata;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the holders of a root sign at one ceremony, in the file that goes from one to the next and
 * then to the registrars: every version of the root, of which the last may be new, and delegations.
 * One ceremony may delegate to the registrars of several domains.
 *
 * @param roots the versions from the first on
 * @param delegations to be signed by the last version's keys
 */
public record Ceremony(List<JointStatement> roots, List<JointStatement> delegations) {
  /** Longest file accepted, in bytes. */
  public static final int BYTES_MAX = 4 * 1024 * 1024;

  /** Most delegations: the windows of 20 domains. */
  public static final int DELEGATIONS_MAX = 20 * DelegationWindows.WINDOWS_MAX;

  /** A window begins this long before the one before it ends. */
  public static final Duration OVERLAP = Duration.ofDays(1);

  public Ceremony {
    roots = List.copyOf(roots);
    delegations = List.copyOf(delegations);
  }

  /** A ceremony of a root that nobody has signed yet. */
  public static Ceremony of(RootMetadata first) {
    return new Ceremony(List.of(first.unsigned()), List.of());
  }

  /** The same with the next version of the root. */
  public Ceremony with(RootMetadata next) {
    List<JointStatement> more = new ArrayList<>(roots);
    more.add(next.unsigned());
    return new Ceremony(more, delegations);
  }

  /** The same with more to delegate. */
  public Ceremony with(List<Delegation> more) {
    List<JointStatement> all = new ArrayList<>(delegations);
    more.forEach(delegation -> all.add(delegation.unsigned()));
    return new Ceremony(roots, all);
  }

  /**
   * Windows from a time on, each beginning a day before the one before it ends; fewer when the root
   * expires before.
   *
   * @param request what the registrar asks for
   * @param root whose keys will sign
   * @param now when it is signed
   * @param from when the first window begins
   * @param count how many windows
   */
  public static List<Delegation> windows(
      CeremonyRequest request, RootMetadata root, Instant now, Instant from, int count) {
    List<Delegation> windows = new ArrayList<>();
    Instant begin = from;
    while (windows.size() < count && begin.isBefore(root.expires())) {
      windows.add(
          new Delegation(
              request.highestVersion() + 1 + windows.size(),
              request.domain(),
              request.issuer(),
              request.statementKey(),
              request.bounds(),
              now,
              begin,
              begin.plus(Delegation.WINDOW_MAX)));
      begin = begin.plus(Delegation.WINDOW_MAX).minus(OVERLAP);
    }
    return windows;
  }

  /**
   * The same with a holder's signature on everything that waits for it.
   *
   * @throws FormatException when the ceremony is none, or the key has no say in it
   */
  public Ceremony signedBy(StatementSigner holder)
      throws FormatException, GeneralSecurityException {
    Checked checked = check();
    boolean signs = false;
    List<JointStatement> signedRoots = new ArrayList<>(roots);
    int last = roots.size() - 1;
    if (!checked.rootIsComplete()
        && checked.root().mayBeSignedBy(checked.before()).contains(holder.key())) {
      signedRoots.set(last, roots.get(last).signedBy(holder));
      signs = true;
    }
    List<JointStatement> signedDelegations = new ArrayList<>(delegations);
    if (checked.root().jwks().contains(holder.key())) {
      for (int i = 0; i < delegations.size(); i++) {
        signedDelegations.set(i, delegations.get(i).signedBy(holder));
        signs = true;
      }
    }
    if (!signs) {
      throw new FormatException("this key has nothing to sign here");
    }
    return new Ceremony(signedRoots, signedDelegations);
  }

  /** The same with the signatures of a copy that was signed elsewhere. */
  public Ceremony with(Ceremony copy) throws FormatException {
    return new Ceremony(merged(roots, copy.roots), merged(delegations, copy.delegations));
  }

  private static List<JointStatement> merged(List<JointStatement> ours, List<JointStatement> others)
      throws FormatException {
    if (ours.size() != others.size()) {
      throw new FormatException("signatures are of another ceremony");
    }
    List<JointStatement> merged = new ArrayList<>();
    for (int i = 0; i < ours.size(); i++) {
      merged.add(ours.get(i).with(others.get(i)));
    }
    return merged;
  }

  /**
   * What a ceremony is, after everything but the number of signatures was checked.
   *
   * @param root the last version of the root
   * @param before the one before it
   * @param rootIsComplete whether enough keys signed the last version
   * @param said what is delegated
   * @param missing what waits for whose signature; empty when the ceremony is complete
   */
  public record Checked(
      RootMetadata root,
      Optional<RootMetadata> before,
      boolean rootIsComplete,
      List<Delegation> said,
      List<Missing> missing) {
    public Checked {
      said = List.copyOf(said);
      missing = List.copyOf(missing);
    }
  }

  /**
   * Signatures that are not there yet.
   *
   * @param what of which document
   * @param have how many are there
   * @param need how many it takes
   * @param holders who can still sign it
   */
  public record Missing(String what, int have, int need, List<String> holders) {
    public Missing {
      holders = List.copyOf(holders);
    }
  }

  /** Checks that everything follows from what is before it, and that no signature is wrong. */
  public Checked check() throws FormatException {
    if (roots.isEmpty()) {
      throw new FormatException("a ceremony names its root");
    }
    Optional<RootMetadata> before = Optional.empty();
    for (JointStatement signed : roots.subList(0, roots.size() - 1)) {
      before = Optional.of(RootMetadata.verify(signed, before));
    }
    JointStatement last = roots.get(roots.size() - 1);
    RootMetadata root = RootMetadata.parse(last);
    root.requireAfter(before);
    List<PublicJwk> signers = last.signers(root.mayBeSignedBy(before));
    List<Missing> missing = new ArrayList<>();
    before.ifPresent(
        old -> missing(missing, "the new root, by holders of the old one", old, signers));
    missing(
        missing,
        before.isPresent() ? "the new root, by its own holders" : "the root",
        root,
        signers);
    boolean complete = missing.isEmpty();
    List<Delegation> said = new ArrayList<>();
    Map<String, Long> versions = new HashMap<>();
    for (JointStatement signed : delegations) {
      Delegation delegation = Delegation.parse(signed);
      List<PublicJwk> by = signed.signers(root.jwks());
      if (!delegation.notBefore().isBefore(root.expires())) {
        throw new FormatException("delegation's window begins after its root has expired");
      }
      Long lower = versions.put(delegation.domain(), delegation.version());
      if (lower != null && lower >= delegation.version()) {
        throw new FormatException("delegations' versions do not rise");
      }
      said.add(delegation);
      missing(
          missing, "delegation " + delegation.version() + " of " + delegation.domain(), root, by);
    }
    return new Checked(root, before, complete, said, missing);
  }

  private static void missing(
      List<Missing> missing, String what, RootMetadata root, List<PublicJwk> signers) {
    List<String> absent = new ArrayList<>();
    int have = 0;
    for (NoteKey key : root.keys()) {
      if (signers.contains(PublicJwk.ed25519(key.publicKey()))) {
        have++;
      } else {
        absent.add(key.name());
      }
    }
    if (have < root.threshold()) {
      missing.add(new Missing(what, have, root.threshold(), absent));
    }
  }

  /** What of it one domain's registrar needs: the root, and the delegations of this domain. */
  public Ceremony forDomain(String domain) throws FormatException {
    List<JointStatement> own = new ArrayList<>();
    for (JointStatement signed : delegations) {
      if (Delegation.parse(signed).domain().equals(domain)) {
        own.add(signed);
      }
    }
    return new Ceremony(roots, own);
  }

  /** As a member of other formats. */
  public JsonObject toJson() {
    return JsonObject.builder()
        .put("v", 1)
        .put("roots", roots.stream().map(JointStatement::toJson).toList())
        .put("delegations", delegations.stream().map(JointStatement::toJson).toList())
        .build();
  }

  /** The content of a file. */
  public byte[] bytes() {
    return (toJson().canonical() + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /** Reads the content of a file; nothing is verified. */
  public static Ceremony parse(byte[] file) throws FormatException {
    return parse(StrictJson.object(file, BYTES_MAX));
  }

  /** Reads a member; nothing is verified. */
  public static Ceremony parse(JsonObject json) throws FormatException {
    json.allowOnly("v", "roots", "delegations");
    KeyStatement.requireVersion(json);
    List<JsonObject> roots = json.objects("roots");
    List<JsonObject> delegations = json.objects("delegations");
    if (roots.size() > DelegationChain.ROOTS_MAX || delegations.size() > DELEGATIONS_MAX) {
      throw new FormatException("a ceremony has too many versions or delegations");
    }
    return new Ceremony(
        statements(RootMetadata.TYPE, roots), statements(Delegation.TYPE, delegations));
  }

  static List<JointStatement> statements(String type, List<JsonObject> written)
      throws FormatException {
    List<JointStatement> read = new ArrayList<>();
    for (JsonObject one : written) {
      read.add(JointStatement.parse(type, one));
    }
    return read;
  }
}
