package dev.counterfoil.registrar;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.ceremony.Ceremony;
import dev.counterfoil.format.ceremony.CeremonyRequest;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.root.CeremonyAlarm;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.process.settings.Purposes;
import dev.counterfoil.registrar.keys.StatementKeys;
import dev.counterfoil.registrar.settings.RegistrarConfiguration;
import dev.counterfoil.signerprotocol.Answer;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * The root's ceremonies, as files in the registrar's folder: asks for the next one, takes what its
 * holders signed, and says what is missing. Belongs to the registrar's one thread.
 */
public final class CeremonyWatch {
  /** What the root's holders signed is looked for here, and taken into the journal. */
  public static final String CEREMONY_FILE = "ceremony.json";

  /** What the registrar asks of the next ceremony. */
  public static final String REQUEST_FILE = "ceremony-request.json";

  /** The public half of the newest statement key. */
  static final String STATEMENT_KEY_FILE = "statement-key.jwk";

  private static final System.Logger LOG = System.getLogger(CeremonyWatch.class.getName());
  private static final Duration ALARM_EVERY = Duration.ofDays(1);

  private final RegistrarConfiguration configuration;
  private final Disk disk;
  private final Registrar registrar;
  private final StatementKeys statementKeys;
  private final InstantSource clock;
  private String said = "";
  private String refusedCeremony = "";
  private Hash lookedAt = Hash.sha256();
  private Hash requested = Hash.sha256();
  private long requestedAt = -1;
  private @Nullable PublicJwk requestedKey;
  private @Nullable Purposes requestedFor;
  private CeremonyAlarm alarm = CeremonyAlarm.NONE;
  private Instant alarmedAt = Instant.MIN;

  CeremonyWatch(
      RegistrarConfiguration configuration,
      Disk disk,
      Registrar registrar,
      StatementKeys statementKeys,
      InstantSource clock) {
    this.configuration = configuration;
    this.disk = disk;
    this.registrar = registrar;
    this.statementKeys = statementKeys;
    this.clock = clock;
  }

  /**
   * Takes over what lies in the ceremony file, says what is missing while there is nothing, and
   * asks for the next ceremony.
   */
  void readFile() throws IOException {
    ask();
    byte[] file;
    try {
      file = disk.read(CEREMONY_FILE, Ceremony.BYTES_MAX);
    } catch (NoSuchFileException e) {
      sayHowItStands();
      return;
    }
    Hash hash = Hash.sha256(file);
    if (hash.equals(lookedAt)) {
      sayHowItStands();
      return;
    }
    lookedAt = hash;
    try {
      if (registrar.takeCeremony(Ceremony.parse(file)) instanceof Answer.Refused refused) {
        refusedCeremony = CEREMONY_FILE + " is refused: " + refused.text();
      } else {
        refusedCeremony = "";
      }
    } catch (FormatException e) {
      refusedCeremony = CEREMONY_FILE + " is refused: " + e.getMessage();
    }
    for (PublicJwk over : registrar.destroyStatementKeys()) {
      LOG.log(
          System.Logger.Level.INFO,
          "statement key {0} is destroyed, because no delegation names it any more",
          over.thumbprint());
    }
    ask();
    sayHowItStands();
  }

  /** Writes what is asked of the next ceremony, when it has changed. */
  private void ask() throws IOException {
    if (registrar.version() == requestedAt
        && statementKeys.newest().equals(requestedKey)
        && registrar.purposes().equals(requestedFor)) {
      return;
    }
    CeremonyRequest request = registrar.request();
    disk.replace(STATEMENT_KEY_FILE, request.statementKey().toJson().canonicalBytes());
    byte[] content = request.bytes();
    Hash hash = Hash.sha256(content);
    if (!hash.equals(requested)) {
      disk.replace(REQUEST_FILE, content);
      requested = hash;
    }
    requestedAt = registrar.version();
    requestedKey = request.statementKey();
    requestedFor = registrar.purposes();
  }

  private void sayHowItStands() {
    boolean stands = registrar.delegation().isPresent();
    say(refusedCeremony.isEmpty() ? stands ? "" : missing() : refusedCeremony);
    if (stands) {
      alarm();
    }
  }

  /** The next ceremony is called for when the alarm rises, and then once a day. */
  private void alarm() {
    Instant now = clock.instant();
    CeremonyAlarm next = registrar.alarm();
    boolean again = now.isBefore(alarmedAt) || !now.isBefore(alarmedAt.plus(ALARM_EVERY));
    if (next != CeremonyAlarm.NONE && (next != alarm || again)) {
      alarmedAt = now;
      LOG.log(
          next == CeremonyAlarm.URGENT || next == CeremonyAlarm.ENDED
              ? System.Logger.Level.ERROR
              : System.Logger.Level.WARNING,
          "{0}",
          next.text(registrar.state().windows().until(now)));
    }
    alarm = next;
  }

  /** Why no delegation stands. */
  String obstacle() {
    return said.isEmpty() ? missing() : said;
  }

  private String missing() {
    if (configuration.rootPin().isEmpty()) {
      return "the configuration pins no root. Hold the first ceremony for "
          + configuration.process().folder().resolve(REQUEST_FILE)
          + " and put the line that it prints into the configuration (docs/operate/root.md)";
    }
    return "no window of the root is valid now, so no key is valid. Hold a ceremony for "
        + configuration.process().folder().resolve(REQUEST_FILE)
        + " and put the signed file at "
        + configuration.process().folder().resolve(CEREMONY_FILE)
        + " (docs/operate/root.md)";
  }

  private void say(String what) {
    if (!what.equals(said)) {
      said = what;
      LOG.log(
          what.isEmpty() ? System.Logger.Level.INFO : System.Logger.Level.WARNING,
          "{0}",
          what.isEmpty() ? "the root's delegation stands" : what);
    }
  }
}
