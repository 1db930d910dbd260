package dev.counterfoil.process;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.process.settings.ProcessSettings;
import dev.counterfoil.process.settings.Purposes;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The tenants that a process's keys may sign for: those of its configuration file, and those that
 * operators added since, which lie in its folder. Purposes that name tenants of their own serve
 * those alone. Read by any thread.
 */
public final class ServedTenants {
  /** In the process's folder. */
  static final String FILE = "tenants.json";

  /** Most tenants that are added: all of them stand in each key statement, which is 64 KiB long. */
  public static final int ADDED_MAX = 256;

  private static final int BYTES_MAX = 64 * 1024;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  private final ProcessSettings settings;
  private final Disk disk;
  private volatile List<String> added;
  private volatile Purposes purposes;

  private ServedTenants(ProcessSettings settings, Disk disk, List<String> added) {
    this.settings = settings;
    this.disk = disk;
    this.added = List.copyOf(added);
    this.purposes = settings.resolvedPurposes(added);
  }

  /** Takes up what was added before. */
  public static ServedTenants open(ProcessSettings settings) throws IOException {
    Disk disk = FileDisk.privateFolder(settings.folder());
    List<String> added = addedIn(settings.folder());
    try {
      settings.keyDefaults().with(added).check(settings.purposes());
    } catch (IllegalArgumentException e) {
      throw new IOException(
          "with the tenants that were added since ("
              + settings.folder().resolve(FILE)
              + "), the configuration does not hold: "
              + e.getMessage(),
          e);
    }
    return new ServedTenants(settings, disk, added);
  }

  /** The tenants that operators added to a process, by its folder. */
  public static List<String> addedIn(Path folder) throws IOException {
    byte[] file;
    try {
      file = FileDisk.toRead(folder).read(FILE, BYTES_MAX);
    } catch (NoSuchFileException e) {
      return List.of();
    }
    try {
      JsonObject json = StrictJson.object(file, BYTES_MAX);
      json.allowOnly("added");
      List<String> added = json.strings("added");
      if (added.size() > ADDED_MAX
          || new HashSet<>(added).size() < added.size()
          || !added.stream().allMatch(ServedTenants::isName)) {
        throw new FormatException("want at most " + ADDED_MAX + " names of tenants, each once");
      }
      return added;
    } catch (FormatException e) {
      throw new IOException(folder.resolve(FILE) + " is damaged: " + e.getMessage(), e);
    }
  }

  private static boolean isName(String tenant) {
    return NAME.matcher(tenant).matches();
  }

  /** What the keys are for, as of now. */
  public Purposes purposes() {
    return purposes;
  }

  /** Whether keys may sign for a tenant. */
  public boolean serves(String tenant) {
    return purposes.bounds().tenants().allows(tenant);
  }

  /** Why a tenant that is not served cannot be added; empty when it can. */
  public Optional<String> objection(String tenant) {
    if (!isName(tenant)) {
      return Optional.of(
          "a tenant's name has 1 to 64 of A-Z, a-z, 0-9, dot, hyphen and underscore, and begins"
              + " with a letter or digit");
    }
    if (added.size() >= ADDED_MAX) {
      return Optional.of(
          "%d tenants were added. Name them in the configuration, or [\"*\"] for any, and restart"
              .formatted(ADDED_MAX));
    }
    List<String> more = plus(tenant);
    if (!settings.resolvedPurposes(more).bounds().tenants().allows(tenant)) {
      return Optional.of(
          "each purpose names tenants of its own in the configuration. Add it there, and restart");
    }
    try {
      settings.keyDefaults().with(more).check(settings.purposes());
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  /** Adds a tenant to which there is no objection. When this returns, it is on the disk. */
  public synchronized void add(String tenant) throws IOException {
    if (!serves(tenant)) {
      List<String> next = plus(tenant);
      disk.replace(FILE, JsonObject.builder().put("added", next).build().canonicalBytes());
      added = List.copyOf(next);
      purposes = settings.resolvedPurposes(next);
    }
  }

  private List<String> plus(String tenant) {
    List<String> more = new ArrayList<>(added);
    more.add(tenant);
    return more;
  }
}
