package dev.counterfoil.registrar.root;

import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.ceremony.Ceremony;
import dev.counterfoil.format.ceremony.CeremonyRequest;
import dev.counterfoil.format.keys.StatementSigner;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.root.Delegation;
import dev.counterfoil.format.root.DelegationWindows;
import dev.counterfoil.format.root.JointStatement;
import dev.counterfoil.format.root.RootMetadata;
import dev.counterfoil.format.root.RootPin;
import dev.counterfoil.hardening.AwsLc;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.registrar.CeremonyWatch;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * A root for trying things out. It is a root like every other, of one holder whose key lies on the
 * same disk as everything else, with the passphrase beside it; and it holds its ceremonies by
 * itself. Its folder is a holder's folder: {@code counterfoil root rotate} leads an installation
 * from it to a root of several people, and from then on it does nothing more
 * (docs/operate/root.md).
 */
public final class TrialRoot {
  /** It delegates anew when fewer days than these are left: before anybody's alarm. */
  public static final Duration RENEW_BEFORE = Duration.ofDays(75);

  /**
   * It makes its next version when this one would expire so soon: no window begins after a root's
   * expiry, so a root that is not renewed ends every key. Longer than an installation may stand
   * still, with all windows that are signed ahead.
   */
  static final Duration RENEW_ROOT_BEFORE = Duration.ofDays(2 * 365);

  /** Windows that it signs at one time: an installation may stand still for two months. */
  static final int WINDOWS = 4;

  /** What a registrar asks of the next ceremony, in its folder. */
  public static final String REQUEST_FILE = CeremonyWatch.REQUEST_FILE;

  /** Where it looks for what was signed. */
  public static final String CEREMONY_FILE = CeremonyWatch.CEREMONY_FILE;

  /** The passphrase of the holder's key. */
  public static final String PASSPHRASE_FILE = "passphrase";

  /** The versions of the root, as they were signed. */
  static final String ROOT_FILE = "root.json";

  private static final String HOLDER = "trial";
  private static final int PASSPHRASE_BYTES = 32;

  private final Path folder;
  private final RootMetadata first;
  private final InstantSource clock;

  private TrialRoot(Path folder, RootMetadata first, InstantSource clock) {
    this.folder = folder;
    this.first = first;
    this.clock = clock;
  }

  /** Opens the root in a folder, made new when there is none. */
  public static TrialRoot openOrMake(Path folder, InstantSource clock)
      throws IOException, GeneralSecurityException {
    FileDisk disk = FileDisk.privateFolder(folder);
    openOrMakePassphrase(folder.resolve(PASSPHRASE_FILE));
    if (!disk.names().contains(RootHolder.PRIVATE_FILE)) {
      RootHolder.make(folder, HOLDER, passphrase(folder), RootHolder.ROUNDS_RANDOM);
    }
    try {
      if (!disk.names().contains(ROOT_FILE)) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
        RootMetadata made =
            RootMetadata.first(
                List.of(RootHolder.publicKey(folder)), 1, now, now.plus(RootMetadata.LIFE_MAX));
        disk.replace(ROOT_FILE, Ceremony.of(made).signedBy(holder(folder)).bytes());
      }
      JointStatement first = versions(disk).getFirst();
      return new TrialRoot(folder, RootMetadata.verify(first, Optional.empty()), clock);
    } catch (FormatException e) {
      throw new IOException(folder.resolve(ROOT_FILE) + " is damaged: " + e.getMessage(), e);
    }
  }

  /**
   * A passphrase file for keys at rest: 256 random bits in hexadecimal, mode 600; made new when
   * there is none.
   */
  public static SecretFile openOrMakePassphrase(Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    Path name = file.getFileName();
    if (folder == null || name == null) {
      throw new IOException("no file name in " + file);
    }
    FileDisk disk = FileDisk.privateFolder(folder);
    if (!disk.names().contains(name.toString())) {
      byte[] secret = new byte[PASSPHRASE_BYTES];
      AwsLc.random().nextBytes(secret);
      disk.replace(
          name.toString(),
          (HexFormat.of().formatHex(secret) + "\n").getBytes(StandardCharsets.US_ASCII));
    }
    return SecretFile.at(file);
  }

  private static List<JointStatement> versions(FileDisk disk) throws IOException, FormatException {
    return Ceremony.parse(disk.read(ROOT_FILE, Ceremony.BYTES_MAX)).roots();
  }

  private static char[] passphrase(Path folder) throws IOException {
    return SecretFile.at(folder.resolve(PASSPHRASE_FILE)).readText().toCharArray();
  }

  /** Opened for each ceremony and forgotten after it. */
  private static StatementSigner holder(Path folder) throws IOException, GeneralSecurityException {
    return RootHolder.open(folder, passphrase(folder)).statements();
  }

  /** The public half of its only key. */
  public NoteKey publicKey() {
    return first.keys().getFirst();
  }

  /** What policies and registrars pin. */
  public RootPin pin() {
    return first.pin();
  }

  /**
   * What the root delegates.
   *
   * @param domain trust domain
   * @param issuer its issuer URL
   * @param within bounds of the keys
   */
  public record Bounds(String domain, String issuer, Delegation.Bounds within) {}

  /** How the trial root stands towards a registrar. */
  public enum Outcome {
    /** Its windows are as they should be. */
    UNCHANGED,
    /** It has signed new ones. */
    DELEGATED,
    /** The registrar's root is another one by now: nothing is left to do for this one. */
    LED_OVER
  }

  /**
   * Puts a ceremony into a registrar's folder, when what is recorded and what lies there is of
   * other bounds, or ends within {@link #RENEW_BEFORE}. The registrar takes it by itself.
   *
   * @param registrarFolder where the registrar has put its {@code ceremony-request.json}
   * @throws NoSuchFileException while the registrar has not asked
   */
  public Outcome delegate(Bounds bounds, Path registrarFolder)
      throws IOException, GeneralSecurityException {
    FileDisk disk = FileDisk.privateFolder(registrarFolder);
    byte[] file = disk.read(REQUEST_FILE, Ceremony.BYTES_MAX);
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    try {
      CeremonyRequest request = CeremonyRequest.parse(file);
      if (!request.domain().equals(bounds.domain()) || !request.issuer().equals(bounds.issuer())) {
        throw new GeneralSecurityException(
            registrarFolder + " is of the registrar of another domain or issuer");
      }
      Ceremony recordedRoots =
          new Ceremony(request.roots().isEmpty() ? versions(ours()) : request.roots(), List.of());
      RootMetadata current = recordedRoots.check().root();
      if (current.threshold() > 1 || !current.keys().contains(publicKey())) {
        return Outcome.LED_OVER;
      }
      Ceremony roots = renewed(recordedRoots, now);
      CeremonyRequest lying = lying(disk, request).orElse(request);
      CeremonyRequest recorded = lying.within(allowed(bounds.within(), lying));
      if (stands(recorded, roots.roots().size(), now)) {
        return Outcome.UNCHANGED;
      }
      List<Delegation> windows =
          Ceremony.windows(recorded, roots.check().root(), now, now, WINDOWS);
      disk.replace(CEREMONY_FILE, roots.with(windows).signedBy(holder(folder)).bytes());
      return Outcome.DELEGATED;
    } catch (FormatException e) {
      throw new GeneralSecurityException(
          REQUEST_FILE
              + " in "
              + registrarFolder
              + " is damaged: start its registrar ("
              + e.getMessage()
              + ")",
          e);
    }
  }

  private FileDisk ours() throws IOException {
    return FileDisk.privateFolder(folder);
  }

  /**
   * The versions of the root that a registrar should have: those that it has, those that were made
   * for other registrars since, and the next one when the last expires soon. A new version is kept
   * before it is handed out, so that all registrars get the same.
   */
  private Ceremony renewed(Ceremony recorded, Instant now)
      throws IOException, FormatException, GeneralSecurityException {
    List<JointStatement> versions = versions(ours());
    boolean isOurs =
        recorded.roots().size() <= versions.size()
            && versions.subList(0, recorded.roots().size()).equals(recorded.roots());
    Ceremony roots = isOurs ? new Ceremony(versions, List.of()) : recorded;
    RootMetadata last = roots.check().root();
    if (now.isBefore(last.expires().minus(RENEW_ROOT_BEFORE))) {
      return roots;
    }
    Ceremony next =
        roots
            .with(last.next(last.keys(), 1, now, now.plus(RootMetadata.LIFE_MAX)))
            .signedBy(holder(folder));
    if (isOurs) {
      ours().replace(ROOT_FILE, next.bytes());
    }
    return next;
  }

  /** What will be recorded once the registrar has taken what lies in its folder. */
  private static Optional<CeremonyRequest> lying(FileDisk disk, CeremonyRequest request)
      throws IOException {
    try {
      Ceremony ceremony = Ceremony.parse(disk.read(CEREMONY_FILE, Ceremony.BYTES_MAX));
      Ceremony.Checked checked = ceremony.check();
      List<JointStatement> ours = new java.util.ArrayList<>();
      long highest = request.highestVersion();
      for (int i = 0; i < checked.said().size(); i++) {
        Delegation said = checked.said().get(i);
        if (said.domain().equals(request.domain()) && said.version() > highest) {
          ours.add(ceremony.delegations().get(i));
        }
      }
      return ours.isEmpty() || !checked.missing().isEmpty()
          ? Optional.empty()
          : Optional.of(
              new CeremonyRequest(
                  request.domain(),
                  request.issuer(),
                  request.statementKey(),
                  request.bounds(),
                  ceremony.roots().size() > request.roots().size()
                      ? ceremony.roots()
                      : request.roots(),
                  ours,
                  checked.said().getLast().version()));
    } catch (NoSuchFileException | FormatException e) {
      // Nothing lies there that the registrar will take: a new one takes its place.
      return Optional.empty();
    }
  }

  /**
   * The bounds of the configuration; and tokens that nobody records, where the last ceremony
   * allowed them. That was one by hand, and what it allowed stays until another one does not.
   */
  private static Delegation.Bounds allowed(Delegation.Bounds within, CeremonyRequest recorded)
      throws FormatException {
    List<DelegationWindows.Window> windows = recorded.windows().all();
    return !windows.isEmpty() && windows.getLast().delegation().bounds().allowsUnrecorded()
        ? within.allowingUnrecorded()
        : within;
  }

  /** Whether what is recorded says the same and lasts long enough. */
  private static boolean stands(CeremonyRequest recorded, int versions, Instant now)
      throws FormatException {
    if (recorded.roots().size() < versions) {
      return false;
    }
    DelegationWindows windows = recorded.windows();
    boolean same =
        windows.all().stream()
            .map(DelegationWindows.Window::delegation)
            .allMatch(
                one ->
                    one.bounds().equals(recorded.bounds())
                        && one.statementKey().equals(recorded.statementKey()));
    return same
        && windows.until(now).filter(end -> now.isBefore(end.minus(RENEW_BEFORE))).isPresent();
  }
}
