package dev.counterfoil.disclosure.desk;

import dev.counterfoil.disclosure.DisclosureException;
import dev.counterfoil.disclosure.DisclosureKey;
import dev.counterfoil.disclosure.SignedDisclosure;
import dev.counterfoil.disclosure.clocks.RunningClocks.DueStage;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keylog.DisclosureKeyStated;
import dev.counterfoil.format.keylog.StatedDisclosureKey;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.StatementSigner;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.note.SignedStatement;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.tools.Ed25519File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The process's two keys, for statements and for its log, and the key log's statement of both.
 * Nothing is signed before they were stated.
 */
public final class OwnKeys {
  /** The key log's statement, with what shows that it stands there. */
  static final String STATED = "stated-key.json";

  private static final int BYTES_MAX = 4 * 1024 * 1024;

  /** Room for the receipt, which comes later. */
  private static final int RECEIPT_BYTES = 64 * 1024;

  private static final Duration LAST_DAYS = Duration.ofDays(60);
  private static final Duration SPARE_DAYS = Duration.ofDays(30);

  private final FileDisk disk;
  private final TrustPolicy policy;
  private final NoteKey logKey;
  private final Ed25519File logFile;
  private final NoteKey statementKey;
  private final Ed25519File statementFile;
  private @Nullable Stated stated;

  private record Stated(DisclosureKey shown, StatedDisclosureKey key) {}

  private OwnKeys(
      FileDisk disk,
      TrustPolicy policy,
      NoteKey logKey,
      Ed25519File logFile,
      NoteKey statementKey,
      Ed25519File statementFile) {
    this.disk = disk;
    this.policy = policy;
    this.logKey = logKey;
    this.logFile = logFile;
    this.statementKey = statementKey;
    this.statementFile = statementFile;
  }

  /**
   * Opens the keys of a folder, which are made where it has none.
   *
   * @param origin of the log; the keys' names begin with it
   * @throws IOException when they cannot be read, or are of another log
   */
  public static OwnKeys openOrMake(FileDisk disk, TrustPolicy policy, String origin)
      throws IOException {
    try {
      Ed25519File log = open(disk, "log", origin);
      Ed25519File statements = open(disk, "statements", origin + "/statements");
      NoteKey logKey = NoteKey.parse(log.vkey());
      if (!logKey.name().equals(origin)) {
        throw new IOException(
            "the folder has the keys of log %s, not of %s. Give the log its origin, or begin with an empty folder"
                .formatted(logKey.name(), origin));
      }
      OwnKeys keys =
          new OwnKeys(disk, policy, logKey, log, NoteKey.parse(statements.vkey()), statements);
      keys.readStated();
      return keys;
    } catch (GeneralSecurityException | FormatException e) {
      throw new IOException("the keys in " + disk + " cannot be used: " + e.getMessage(), e);
    }
  }

  private static Ed25519File open(FileDisk disk, String label, String name)
      throws IOException, GeneralSecurityException {
    return Ed25519File.openOrMake(
        disk,
        label + ".key",
        label + ".vkey",
        made -> {
          byte[] encoded = made.getEncoded();
          return new NoteKey(name, Hash.read(encoded, encoded.length - Hash.BYTES)).toString();
        });
  }

  private void readStated() throws IOException, FormatException {
    try {
      JsonObject json = StrictJson.object(disk.read(STATED, BYTES_MAX), BYTES_MAX);
      // Of before keys stood in the key log: state-key writes it anew.
      stated = json.has("key") ? null : verified(DisclosureKey.parse(json));
    } catch (NoSuchFileException e) {
      stated = null;
    }
  }

  private Stated verified(DisclosureKey shown) throws FormatException {
    StatedDisclosureKey key = shown.verify(policy);
    if (!key.key().thumbprint().equals(jwk().thumbprint()) || !key.log().equals(logKey)) {
      throw new FormatException("the statement is of other keys");
    }
    return new Stated(shown, key);
  }

  /** What the registrar is to state. */
  public DisclosureKeyStated request(Instant notAfter) {
    return new DisclosureKeyStated(jwk(), logKey, Instant.ofEpochSecond(notAfter.getEpochSecond()));
  }

  /**
   * Takes the key log's statement, durably.
   *
   * @throws FormatException when it is not the key log's, or is of other keys
   */
  public StatedDisclosureKey take(DisclosureKey shown) throws IOException, FormatException {
    Stated next = verified(shown);
    disk.replace(STATED, shown.toJson().toString().getBytes(StandardCharsets.UTF_8));
    stated = next;
    return next.key();
  }

  /** The stated keys; empty before they were. */
  Optional<StatedDisclosureKey> stated() {
    return Optional.ofNullable(stated).map(Stated::key);
  }

  /** Their end as a deadline, in the last days: without keys nobody can be told anything. */
  Optional<DueStage> due(Instant now) {
    return stated()
        .map(StatedDisclosureKey::notAfter)
        .filter(end -> !now.isBefore(end.minus(LAST_DAYS)))
        .map(
            end ->
                new DueStage(
                    "",
                    "keys",
                    "state-key",
                    end.minus(SPARE_DAYS),
                    "the registrar",
                    "counterfoil disclosure state-key",
                    List.of(),
                    "the keys of this process end at " + end));
  }

  /** The key log's entry, for the public folder. */
  Optional<String> statedEntry() {
    return Optional.ofNullable(stated).map(Stated::shown).map(DisclosureKey::entry);
  }

  NoteKey logKey() {
    return logKey;
  }

  private PublicJwk jwk() {
    return PublicJwk.ed25519(statementKey.publicKey());
  }

  /**
   * Signs a document; it has no receipt yet.
   *
   * @param type the JWS type, such as {@link dev.counterfoil.disclosure.TheftNotice#TYPE}
   * @throws DisclosureException when the keys are not stated, or ended
   */
  public SignedDisclosure sign(String type, JsonObject content, Instant now)
      throws DisclosureException {
    Stated own = stated;
    if (own == null) {
      throw new DisclosureException(
          "the key log does not state this process's keys: run counterfoil disclosure state-key");
    }
    if (now.isAfter(own.key().notAfter())) {
      throw new DisclosureException(
          "this process's keys ended on %s: run counterfoil disclosure state-key"
              .formatted(own.key().notAfter()));
    }
    try {
      SignedDisclosure signed =
          new SignedDisclosure(
              SignedStatement.sign(type, content, signer()), own.shown(), Optional.empty());
      if (signed.text().length() > SignedDisclosure.BYTES_MAX - RECEIPT_BYTES) {
        throw new DisclosureException("it is too long to be read by those who get it");
      }
      return signed;
    } catch (GeneralSecurityException e) {
      throw new DisclosureException("the key cannot sign", e);
    }
  }

  private StatementSigner signer() {
    return new StatementSigner() {
      @Override
      public PublicJwk key() {
        return jwk();
      }

      @Override
      public byte[] sign(byte[] input) throws GeneralSecurityException {
        return statementFile.sign(input);
      }
    };
  }

  /** Signs the log's checkpoints. */
  public NoteSigner notes() {
    return new NoteSigner() {
      @Override
      public NoteKey key() {
        return logKey;
      }

      @Override
      public byte[] sign(byte[] text) throws GeneralSecurityException {
        return logFile.sign(text);
      }
    };
  }
}
