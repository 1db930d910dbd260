package dev.counterfoil.keystore;

import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FileDisk;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;

/**
 * The keys that programs need at their first start. Each has its own made by itself, in one run of
 * the key maker; who starts many of them on one machine has all made in one run before: a run is
 * half a second of processor time, and nobody is ready before the last.
 *
 * <p>What is made here is sealed with the passphrase of the program that it is for, so that nothing
 * of it is secret here.
 */
public final class FirstKeys {
  /** Keys of a first start that lie ready in a program's folder. Taken once. */
  public static final String FILE = "first-keys.json";

  private static final int FILE_BYTES_MAX = KeyMaker.LINE_BYTES_MAX;

  private FirstKeys() {}

  /** A program whose keys are to be there. */
  public interface Program {
    /** What its keys are sealed with. */
    SecretFile passphrase();

    /** What it lacks. */
    List<KeyOrder> orders() throws IOException;

    /** Puts what was made for these orders into its folder. */
    void put(List<KeyOrder> orders, List<MadeKey> made) throws IOException;
  }

  /** Has the keys made that programs lack which have never started. */
  public static void make(List<Program> programs) throws IOException, GeneralSecurityException {
    make(programs, KeyMakerProcess.likeThisProcess());
  }

  /** The same where keys are made in another way. */
  public static void make(List<Program> programs, KeyMaking making)
      throws IOException, GeneralSecurityException {
    List<Program> lacking = new ArrayList<>();
    List<KeyBatch> batches = new ArrayList<>();
    for (Program program : programs) {
      List<KeyOrder> orders = program.orders();
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
      lacking.get(i).put(orders, made.subList(from, from + orders.size()));
      from += orders.size();
    }
  }

  /** Whether keys lie ready in a folder. */
  public static boolean areReady(Path folder) throws IOException {
    return FileDisk.privateFolder(folder).names().contains(FILE);
  }

  /** Lays keys ready in a folder. */
  public static void layReady(Path folder, List<KeyOrder> orders, List<MadeKey> made)
      throws IOException {
    List<JsonObject> keys = new ArrayList<>();
    for (int i = 0; i < orders.size(); i++) {
      keys.add(
          JsonObject.builder()
              .put("order", orders.get(i).toJson())
              .put("key", made.get(i).toJson())
              .build());
    }
    FileDisk.privateFolder(folder)
        .replace(FILE, JsonObject.builder().put("keys", keys).build().canonicalBytes());
  }

  /** At a program's start: what it lacks is taken from its folder, or made in one run. */
  public static void openReadyOrMake(Path folder, List<KeyOrder> orders, SealedKeys sealed)
      throws IOException, GeneralSecurityException {
    if (!openReady(FileDisk.privateFolder(folder), orders, sealed)) {
      sealed.makeAhead(orders);
    }
  }

  /**
   * Takes what lies ready; the file is gone, durably, before the first of its keys is used, so that
   * none comes back that was destroyed.
   *
   * @return whether all that is asked for was there
   */
  private static boolean openReady(Disk disk, List<KeyOrder> orders, SealedKeys sealed)
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
      for (JsonObject key : json.objects("keys")) {
        key.allowOnly("order", "key");
        found.add(KeyOrder.parse(key.object("order")));
        keys.add(MadeKey.parse(key.object("key")));
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
