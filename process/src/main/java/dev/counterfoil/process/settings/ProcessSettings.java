package dev.counterfoil.process.settings;

import dev.counterfoil.configuration.Bounds;
import dev.counterfoil.configuration.Default;
import dev.counterfoil.configuration.Inline;
import dev.counterfoil.configuration.Meaning;
import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.configuration.UnixSocketPath;
import dev.counterfoil.configuration.UnixUsers;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.hardening.AwsLc;
import dev.counterfoil.hardening.LostProtection;
import dev.counterfoil.hardening.Reach;
import dev.counterfoil.keystore.KeysAtRest;
import dev.counterfoil.keystore.pkcs11.HsmEntry;
import dev.counterfoil.log.checkpoint.Cosigner;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** What signer and registrar are both started with. */
public record ProcessSettings(
    @Meaning("Name of the trust domain.") String domain,
    @Meaning("The domain's issuer URL, without a trailing slash.") URI issuer,
    @Inline KeysAtRest keys,
    @Meaning("Unix socket for the authority.") UnixSocketPath serviceSocket,
    @Meaning(
            "Unix users that may connect to the service socket; empty: only the process's own"
                + " user.")
        List<String> serviceUsers,
    @Meaning("Unix socket for the operator's command line.") UnixSocketPath adminSocket,
    @Meaning(
            "Unix users that may connect to the admin socket; empty: only the process's own"
                + " user.")
        List<String> adminUsers,
    @Meaning(
            "Unix users, such as that of the response process, that may ask at the admin socket for"
                + " what contains a theft, and for nothing else. Empty: none.")
        List<String> responseUsers,
    @Inline KeyDefaults keyDefaults,
    @Meaning(
            "The purposes of keys, each with its own keys. Without: one, access, for"
                + " the token types above.")
        List<PurposeEntry> purposes,
    @Meaning("Folder in which each log gets a public folder of its name; a registrar's is keys.")
        Path logFolder,
    @Meaning("Witnesses and custodians that cosign its logs; for a registrar, its key log.")
        List<CosignerSettings> cosigners,
    @Meaning("How many witnesses make a checkpoint cosigned; 0 for none.")
        @Default("0")
        @Bounds(min = "0", max = "32")
        int quorum,
    @Meaning(
            "Protections that may be missing, each named for what is lost without it."
                + " If any other essential one is missing, the process does not start."
                + " Empty: none.")
        List<LostProtection> acceptLostProtections) {

  /** What is said of a key that told the two programs apart. */
  public static final String NO_ROLE =
      "signer and registrar are two programs now, each with its own keys here. Remove the line";

  /** Most cosigners: every cosigned checkpoint carries all their lines. */
  private static final int COSIGNERS_MAX = 32;

  public ProcessSettings {
    serviceUsers = List.copyOf(serviceUsers);
    adminUsers = List.copyOf(adminUsers);
    responseUsers = List.copyOf(responseUsers);
    purposes = List.copyOf(purposes);
    acceptLostProtections = List.copyOf(acceptLostProtections);
    cosigners = List.copyOf(cosigners);
    checkCosigners(cosigners, quorum);
    String url = issuer.toString();
    if (issuer.getHost() == null
        || !(url.startsWith("https://") || url.startsWith("http://"))
        || issuer.getQuery() != null
        || issuer.getFragment() != null
        || url.endsWith("/")
        || !NoteKey.isName(url)) {
      throw new IllegalArgumentException(
          "issuer is an http or https URL without query, fragment and trailing slash");
    }
    keyDefaults.check(purposes);
  }

  private static void checkCosigners(List<CosignerSettings> cosigners, int quorum) {
    Set<String> names = new HashSet<>();
    Set<String> keys = new HashSet<>();
    for (CosignerSettings entry : cosigners) {
      if (!names.add(entry.name()) || !keys.add(entry.vkey())) {
        throw new IllegalArgumentException("two cosigners have the same name or vkey");
      }
    }
    // By the names in their keys: one witness with an Ed25519 and an ML-DSA-44 key is one.
    long witnesses =
        cosigners.stream()
            .filter(entry -> entry.kind() == Cosigner.Kind.WITNESS)
            .map(entry -> entry.cosigner().key().name())
            .distinct()
            .count();
    if (cosigners.size() > COSIGNERS_MAX || quorum > witnesses) {
      throw new IllegalArgumentException(
          "there are at most " + COSIGNERS_MAX + " cosigners, and no fewer witnesses than quorum");
    }
  }

  /** Keys and journals, for the process alone. */
  public Path folder() {
    return keys.folder();
  }

  /** What the keys are for. */
  public Purposes resolvedPurposes() {
    return resolvedPurposes(List.of());
  }

  /** The same with further tenants, for purposes that name none of their own. */
  public Purposes resolvedPurposes(List<String> tenants) {
    return keyDefaults.with(tenants).resolve(purposes);
  }

  /** Who cosigns the logs. */
  public List<Cosigner> allCosigners() {
    return cosigners.stream().map(entry -> entry.cosigner().checkedBy(AwsLc.PROVIDER)).toList();
  }

  /** Whether a cosigner holds counterfoils. */
  public boolean hasCustodian() {
    return cosigners.stream().anyMatch(entry -> entry.kind() == Cosigner.Kind.CUSTODIAN);
  }

  /** The origin of a log of the domain: the issuer without its scheme, and the log's short name. */
  public String origin(String logName) {
    return origin(issuer, logName);
  }

  public static String origin(URI issuer, String logName) {
    String url = issuer.toString();
    return url.substring(url.indexOf("://") + 3) + "/logs/" + logName;
  }

  /** Prefix of a log's tiles. */
  public URI logUrl(String logName) {
    return URI.create(issuer + "/logs/" + logName);
  }

  /** Who may connect to its two sockets. */
  public PeerUsers users(Map<String, UnixUsers> signers) throws IOException {
    return new PeerUsers(
        UnixUsers.orSelf(serviceUsers),
        UnixUsers.orSelf(adminUsers),
        UnixUsers.of(responseUsers),
        signers);
  }

  /**
   * What the process reaches.
   *
   * @param inHsm where it has other keys than those at rest
   * @param sockets on which it listens besides
   */
  public Reach reach(List<HsmEntry> inHsm, List<UnixSocketPath> sockets) {
    List<HsmEntry> hsms =
        Stream.of(inHsm.stream(), keys.wrappingKey().stream(), keys.wrappingKeyBefore().stream())
            .flatMap(entries -> entries)
            .toList();
    return new Reach(
        folder(),
        logFolder,
        Stream.concat(keys.passphraseFile().stream(), hsms.stream().map(HsmEntry::pinFile))
            .map(SecretFile::path)
            .toList(),
        hsms.stream().map(HsmEntry::library).toList(),
        hsms.stream().flatMap(hsm -> hsm.reads().stream()).toList(),
        hsms.stream().flatMap(hsm -> hsm.writes().stream()).toList(),
        Stream.concat(Stream.of(serviceSocket, adminSocket), sockets.stream())
            .map(UnixSocketPath::path)
            .toList(),
        hsms.stream().anyMatch(hsm -> !hsm.addresses().isEmpty()));
  }
}
