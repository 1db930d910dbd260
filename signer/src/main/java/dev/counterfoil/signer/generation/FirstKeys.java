package dev.counterfoil.signer.generation;

import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.signer.custody.SoftwareCustody;
import dev.counterfoil.signer.folders.Generation;
import dev.counterfoil.signer.keystore.Ed25519Key;
import dev.counterfoil.signer.keystore.KeyBatch;
import dev.counterfoil.signer.keystore.KeyForKeys;
import dev.counterfoil.signer.keystore.KeyLogKey;
import dev.counterfoil.signer.keystore.KeyMaker;
import dev.counterfoil.signer.keystore.KeyMakerProcess;
import dev.counterfoil.signer.keystore.KeyMaking;
import dev.counterfoil.signer.keystore.KeyOrder;
import dev.counterfoil.signer.keystore.KeysMove;
import dev.counterfoil.signer.keystore.MadeKey;
import dev.counterfoil.signer.keystore.SealedKeys;
import dev.counterfoil.signer.keystore.StatementKeys;
import dev.counterfoil.signer.settings.SignerConfiguration;
import java.io.IOException;
import java.net.URI;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;

/**
 * The keys that registrars and signers need at their first start. Each program has its own made by
 * itself, in one run of the key maker; who starts many of them on one machine has all made in one
 * run before: a run is half a second of processor time, and nobody is ready before the last.
 *
 * <p>What is made here is sealed with the passphrase of the program that it is for, so that nothing
 * of it is secret here.
 */
public final class FirstKeys {
  /** Keys of a signer's first start that lie ready in its folder. Taken once. */
  static final String FILE = KeysMove.FIRST_KEYS;

  private static final int FILE_BYTES_MAX = KeyMaker.LINE_BYTES_MAX;
  private static final String KEYS = "keys";

  private FirstKeys() {}

  /** A program whose keys are to be there. */
  public sealed interface Program {
    /** Its folder. */
    Path folder();

    /** What its keys are sealed with. */
    SecretFile passphrase();
  }

  /** A registrar. */
  public record Registrar(Path folder, SecretFile passphrase, URI issuer) implements Program {}

  /**
   * A signer.
   *
   * @param domain trust domain
   * @param name of the signer
   * @param recordLogs names of its record logs
   * @param inSoftware whether its token keys are made here, and not in a token
   */
  public record Signer(
      Path folder,
      SecretFile passphrase,
      URI issuer,
      String domain,
      String name,
      List<String> recordLogs,
      boolean inSoftware)
      implements Program {
    public Signer {
      recordLogs = List.copyOf(recordLogs);
    }
  }

  /** Has the keys made that programs lack which have never started. */
  public static void make(List<Program> programs) throws IOException, GeneralSecurityException {
    make(programs, KeyMakerProcess.likeThisProcess());
  }

  static void make(List<Program> programs, KeyMaking making)
      throws IOException, GeneralSecurityException {
    List<Program> lacking = new ArrayList<>();
    List<KeyBatch> batches = new ArrayList<>();
    for (Program program : programs) {
      List<KeyOrder> orders = orders(program);
      if (!orders.isEmpty()) {
        lacking.add(program);
        batches.add(new KeyBatch(new KeyForKeys.PassphraseFile(program.passphrase()), orders));
      }
    }
    if (batches.isEmpty()) {
      return;
    }
    List<MadeKey> made = making.make(batches);
    int from = 0;
    for (int i = 0; i < lacking.size(); i++) {
      List<KeyOrder> orders = batches.get(i).orders();
      put(lacking.get(i), orders, made.subList(from, from + orders.size()));
      from += orders.size();
    }
  }

  private static List<KeyOrder> orders(Program program) throws IOException {
    return switch (program) {
      case Registrar registrar -> ofRegistrar(registrar.folder(), registrar.issuer());
      case Signer signer ->
          FileDisk.privateFolder(signer.folder()).names().contains(FILE)
              ? List.of()
              : ofSigner(
                  signer.folder(),
                  signer.issuer(),
                  signer.domain(),
                  signer.name(),
                  signer.recordLogs(),
                  signer.inSoftware());
    };
  }

  private static void put(Program program, List<KeyOrder> orders, List<MadeKey> made)
      throws IOException {
    switch (program) {
      case Registrar registrar -> {
        FileDisk disk = keys(registrar.folder());
        for (int i = 0; i < orders.size(); i++) {
          boolean isLog = orders.get(i).equals(logOrder(registrar.issuer()));
          Ed25519Key.write(
              disk,
              isLog ? KeyLogKey.LABEL : StatementKeys.LABEL,
              isLog ? KeyLogKey.name(registrar.issuer()) : StatementKeys.name(registrar.issuer()),
              made.get(i));
        }
      }
      case Signer signer -> {
        List<JsonObject> keys = new ArrayList<>();
        for (int i = 0; i < orders.size(); i++) {
          keys.add(
              JsonObject.builder()
                  .put("order", orders.get(i).toJson())
                  .put("key", made.get(i).toJson())
                  .build());
        }
        FileDisk.privateFolder(signer.folder())
            .replace(FILE, JsonObject.builder().put("keys", keys).build().canonicalBytes());
      }
    }
  }

  /** The key of a registrar's key log, for policies. */
  public static NoteKey keyLog(Path registrarFolder) throws IOException, GeneralSecurityException {
    return Ed25519Key.publicKey(keys(registrarFolder), KeyLogKey.LABEL);
  }

  /** The file that is there when a registrar has made the key of its key log. */
  public static Path keyLogFile(Path registrarFolder) {
    return registrarFolder.resolve(KEYS).resolve(KeyLogKey.LABEL + ".vkey");
  }

  private static FileDisk keys(Path registrarFolder) throws IOException {
    return FileDisk.privateFolder(registrarFolder.resolve(KEYS));
  }

  private static KeyOrder logOrder(URI issuer) {
    return Ed25519Key.order(KeyLogKey.name(issuer));
  }

  /** What a registrar lacks: its key log's key and its first statement key. */
  private static List<KeyOrder> ofRegistrar(Path folder, URI issuer) throws IOException {
    List<String> names = keys(folder).names();
    List<KeyOrder> orders = new ArrayList<>();
    if (!names.contains(KeyLogKey.LABEL + ".vkey")) {
      orders.add(logOrder(issuer));
    }
    if (names.stream().noneMatch(StatementKeys::isPublicHalf)) {
      orders.add(Ed25519Key.order(StatementKeys.name(issuer)));
    }
    return orders;
  }

  /** What a signer lacks that never started: the keys of its logs and its first token key. */
  private static List<KeyOrder> ofSigner(
      Path folder,
      URI issuer,
      String domain,
      String name,
      List<String> recordLogs,
      boolean inSoftware)
      throws IOException {
    if (!Generation.all(name, folder).isEmpty()) {
      return List.of();
    }
    return ofGeneration(Generation.of(name, folder, 1), issuer, domain, recordLogs, inSoftware);
  }

  private static List<KeyOrder> ofGeneration(
      Generation which, URI issuer, String domain, List<String> recordLogs, boolean inSoftware) {
    List<KeyOrder> orders = new ArrayList<>();
    orders.add(Ed25519Key.order(SignerConfiguration.origin(issuer, which.logName())));
    for (String door : recordLogs) {
      orders.add(Ed25519Key.order(SignerConfiguration.origin(issuer, which.recordLogName(door))));
    }
    if (inSoftware) {
      orders.add(SoftwareCustody.order(domain, "k1", PublicJwk.Algorithm.ES256));
    }
    return orders;
  }

  /** Before a signer's generation begins: what does not lie ready for it is made in one run. */
  static void makeAhead(SignerConfiguration configuration, SealedKeys sealed, Generation next)
      throws IOException, GeneralSecurityException {
    sealed.makeAhead(
        ofGeneration(
            next,
            configuration.issuer(),
            configuration.domain(),
            configuration.recordLogs().stream().map(SignerConfiguration.Door::name).toList(),
            configuration.pkcs11().isEmpty()));
  }

  /** At a program's start: what it lacks is taken from its folder, or made in one run. */
  public static void makeAhead(SignerConfiguration configuration, SealedKeys sealed)
      throws IOException, GeneralSecurityException {
    Path folder = configuration.folder();
    List<KeyOrder> orders =
        switch (configuration.role()) {
          case REGISTRAR -> ofRegistrar(folder, configuration.issuer());
          case SIGNER ->
              ofSigner(
                  folder,
                  configuration.issuer(),
                  configuration.domain(),
                  configuration.name(),
                  configuration.recordLogs().stream().map(SignerConfiguration.Door::name).toList(),
                  configuration.pkcs11().isEmpty());
        };
    boolean taken = take(FileDisk.privateFolder(folder), orders, sealed);
    if (!taken && !orders.isEmpty()) {
      sealed.makeAhead(orders);
    }
  }

  /**
   * Takes what lies ready; the file is gone, durably, before the first of its keys is used, so that
   * none comes back that was destroyed.
   *
   * @return whether all that is asked for was there
   */
  private static boolean take(Disk disk, List<KeyOrder> orders, SealedKeys sealed)
      throws IOException, GeneralSecurityException {
    byte[] file;
    try {
      file = disk.read(FILE, FILE_BYTES_MAX);
    } catch (NoSuchFileException e) {
      return false;
    }
    disk.delete(FILE);
    List<KeyOrder> found = new ArrayList<>();
    List<MadeKey> keys = new ArrayList<>();
    try {
      JsonObject json = StrictJson.object(file, FILE_BYTES_MAX);
      json.allowOnly("keys");
      for (JsonObject one : json.objects("keys")) {
        one.allowOnly("order", "key");
        found.add(KeyOrder.parse(one.object("order")));
        keys.add(MadeKey.parse(one.object("key")));
      }
    } catch (FormatException e) {
      throw new GeneralSecurityException(
          FILE + " in " + disk + " is damaged and was deleted. Start again", e);
    }
    if (!found.equals(orders)) {
      // Of an order that is another by now; nobody knows these keys, and they are gone.
      return false;
    }
    sealed.ready(orders, keys);
    return true;
  }
}
