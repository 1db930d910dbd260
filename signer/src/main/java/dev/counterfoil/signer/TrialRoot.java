package dev.counterfoil.signer;

import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.format.AllowList;
import dev.counterfoil.format.Delegation;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.NoteKey;
import dev.counterfoil.format.PublicJwk;
import dev.counterfoil.format.StrictJson;
import dev.counterfoil.log.FileDisk;
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

/**
 * A root key for trying things out: it lies on the same disk as everything else, encrypted under a
 * secret beside it, and renews its delegations by itself. A real root is kept offline, by several
 * people. See docs/custody.md.
 */
public final class TrialRoot {
  /** A delegation is renewed when less than this is left of it. */
  public static final Duration RENEW_BEFORE = Duration.ofDays(10);

  private static final String NAME = "counterfoil-trial-root";
  private static final String PASSPHRASE_FILE = "passphrase";
  private static final int PASSPHRASE_BYTES = 32;
  private static final int FILE_BYTES_MAX = 64 * 1024;

  private final Ed25519Key key;
  private final InstantSource clock;

  private TrialRoot(Ed25519Key key, InstantSource clock) {
    this.key = key;
    this.clock = clock;
  }

  /** Opens the root in a folder, made new when there is none. */
  public static TrialRoot openOrMake(Path folder, InstantSource clock)
      throws IOException, GeneralSecurityException {
    return openOrMake(folder, clock, KeyMakerProcess.likeThisProcess());
  }

  static TrialRoot openOrMake(Path folder, InstantSource clock, KeyMaking making)
      throws IOException, GeneralSecurityException {
    FileDisk disk = FileDisk.privateFolder(folder);
    SecretFile passphrase = openOrMakePassphrase(folder.resolve(PASSPHRASE_FILE));
    try {
      SealedKeys sealed = SealedKeys.with(new KeyForKeys.PassphraseFile(passphrase), making);
      return new TrialRoot(Ed25519Key.openOrMake(sealed, disk, "root", NAME), clock);
    } catch (StartRefusedException e) {
      throw new GeneralSecurityException(e.getMessage(), e);
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

  /** The public half, for policies and registrars. */
  public NoteKey publicKey() {
    return key.publicKey();
  }

  /**
   * What the root delegates.
   *
   * @param domain trust domain
   * @param issuer its issuer URL
   * @param tenants tenants
   * @param audiences audiences
   * @param tokenTypes token types
   * @param lifeMax longest token life
   */
  public record Bounds(
      String domain,
      String issuer,
      AllowList tenants,
      AllowList audiences,
      AllowList tokenTypes,
      Duration lifeMax) {}

  /**
   * Puts a delegation of 30 days into a registrar's folder, when the one there is missing, not this
   * root's, of other bounds, or ends within {@link #RENEW_BEFORE}. The registrar takes it by
   * itself.
   *
   * @param registrarFolder where the registrar has put its {@code statement-key.jwk}
   * @return whether a new one was signed
   * @throws NoSuchFileException while the registrar has not made its statement key
   */
  public boolean renewDelegation(Bounds bounds, Path registrarFolder)
      throws IOException, GeneralSecurityException {
    FileDisk disk = FileDisk.privateFolder(registrarFolder);
    PublicJwk statementKey = statementKey(disk);
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    Delegation wanted =
        new Delegation(
            bounds.domain(),
            bounds.issuer(),
            statementKey,
            bounds.tenants(),
            bounds.audiences(),
            bounds.tokenTypes(),
            bounds.lifeMax(),
            now,
            now.plus(Delegation.WINDOW_MAX));
    if (stands(disk, wanted, now)) {
      return false;
    }
    disk.replace(
        RegistrarProcess.DELEGATION_FILE,
        wanted.sign(key.statements()).getBytes(StandardCharsets.US_ASCII));
    return true;
  }

  private static PublicJwk statementKey(FileDisk disk)
      throws IOException, GeneralSecurityException {
    try {
      return PublicJwk.parse(
          StrictJson.object(
              disk.read(RegistrarProcess.STATEMENT_KEY_FILE, FILE_BYTES_MAX), FILE_BYTES_MAX));
    } catch (FormatException e) {
      throw new GeneralSecurityException(
          RegistrarProcess.STATEMENT_KEY_FILE + " in " + disk + " is damaged: start its registrar",
          e);
    }
  }

  /** Whether the delegation in the folder says the same and lasts long enough. */
  private boolean stands(FileDisk disk, Delegation wanted, Instant now) throws IOException {
    Delegation held;
    try {
      held =
          Delegation.verify(
              new String(
                      disk.read(RegistrarProcess.DELEGATION_FILE, FILE_BYTES_MAX),
                      StandardCharsets.UTF_8)
                  .strip(),
              PublicJwk.ed25519(publicKey().publicKey()));
    } catch (NoSuchFileException e) {
      return false;
    } catch (FormatException e) {
      // Of another root, or damaged: a new one takes its place.
      return false;
    }
    Delegation same =
        new Delegation(
            wanted.domain(),
            wanted.issuer(),
            wanted.statementKey(),
            wanted.tenants(),
            wanted.audiences(),
            wanted.tokenTypes(),
            wanted.lifeMax(),
            held.notBefore(),
            held.notAfter());
    return held.equals(same) && now.isBefore(held.notAfter().minus(RENEW_BEFORE));
  }
}
