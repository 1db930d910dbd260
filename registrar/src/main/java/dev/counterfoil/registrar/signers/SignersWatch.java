package dev.counterfoil.registrar.signers;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.registrar.settings.RegistrarConfiguration;
import dev.counterfoil.registrar.settings.SignerEntry;
import dev.counterfoil.registrar.signers.SignerAlarm.Cause;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import dev.counterfoil.signerprotocol.Commands;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a registrar remembers of each of its signers, to tell its operator which one may be in
 * somebody else's hands: that it floods the key log, or asked for what is another's; and which
 * record logs were its own. Kept in a small file, so that a restart does not end the alarm. Belongs
 * to the registrar's thread.
 */
public final class SignersWatch {
  /** In the registrar's folder. */
  public static final String FILE = "signers-watch";

  /** What of it could not be read: as long as it lies there an operator is told. */
  public static final String UNREADABLE = FILE + ".unreadable";

  /** What counts against a signer's quota. */
  public static final Set<String> COUNTED =
      Set.of(Commands.STATE_KEY, Commands.STATE_LOG, Commands.PAUSE_ROTATION);

  /** So long after the last time a signer that asked for another's is spoken of: a long weekend. */
  public static final Duration TRESPASS_STANDS = Duration.ofDays(4);

  /** Of one kind of request an event stands for all of so long: the audit log has its limits. */
  public static final Duration EVENT_EVERY = Duration.ofMinutes(1);

  private static final int BYTES_MAX = 1 << 20;
  private static final System.Logger LOG = System.getLogger(SignersWatch.class.getName());

  private final Disk disk;
  private final Map<String, Watched> signers = new LinkedHashMap<>();

  /** When something could not be read; empty where nobody knows. */
  private Optional<Instant> forgottenAt = Optional.empty();

  /** Of one signer. */
  private static final class Watched {
    private final StatingQuota quota;
    private long trespasses;
    private Instant lastTrespass = Instant.EPOCH;
    private String lastAsked = "";
    private long keptEighths;

    /** Names of the record logs that it has or had. */
    private final Set<String> recordLogs = new TreeSet<>();

    /** When an event said it, and how many were not said since, by the kind of request. */
    private final Map<String, Instant> said = new HashMap<>();

    private final Map<String, Long> unsaid = new HashMap<>();

    Watched(StatingQuota quota) {
      this.quota = quota;
      this.keptEighths = quota.eighths();
    }

    boolean isTrespasser(Instant now) {
      return trespasses > 0 && now.isBefore(lastTrespass.plus(TRESPASS_STANDS));
    }
  }

  private SignersWatch(Disk disk) {
    this.disk = disk;
  }

  /**
   * Takes up what was kept. What cannot be read is said in the log and begun anew: a registrar that
   * did not start could not revoke.
   *
   * @param disk the registrar's folder
   */
  public static SignersWatch open(Disk disk, RegistrarConfiguration configuration, Instant now) {
    SignersWatch watch = new SignersWatch(disk);
    for (SignerEntry signer : configuration.signers()) {
      watch.signers.put(
          signer.name(),
          new Watched(new StatingQuota(configuration.process().resolvedPurposes(), now)));
    }
    try {
      watch.resume(StrictJson.object(disk.read(FILE, BYTES_MAX), BYTES_MAX), now);
    } catch (NoSuchFileException e) {
      LOG.log(System.Logger.Level.DEBUG, "nothing is remembered of signers");
    } catch (FormatException | IOException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "{0} in {1} cannot be read ({2}), so the registrar forgets earlier alarms"
              + " about signers. Check counterfoil keys list",
          FILE,
          disk,
          e.getMessage());
      watch.setAside(now);
    }
    watch.allot(configuration.signers());
    return watch;
  }

  private void setAside(Instant now) {
    try {
      disk.rename(FILE, UNREADABLE);
      forgottenAt = Optional.of(now);
      keep();
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "{0} in {1} cannot be set aside: {2}", FILE, disk, e);
    }
  }

  private boolean isSomethingUnreadable() {
    try {
      return disk.names().contains(UNREADABLE);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "{0} cannot be listed: {1}", disk, e);
      return false;
    }
  }

  /** Those of the configuration count: what one signer has now is no other's any more. */
  private void allot(List<SignerEntry> configured) {
    boolean isNew = false;
    for (SignerEntry entry : configured) {
      for (Map.Entry<String, Watched> one : signers.entrySet()) {
        Set<String> had = one.getValue().recordLogs;
        isNew |=
            one.getKey().equals(entry.name())
                ? had.addAll(entry.recordLogs())
                : had.removeAll(entry.recordLogs());
      }
    }
    if (isNew) {
      keep();
    }
  }

  /** What is a signer's own. */
  public SignersOwn own(SignerEntry entry) {
    Set<String> former = new TreeSet<>(of(entry.name()).recordLogs);
    former.removeAll(entry.recordLogs());
    return new SignersOwn(entry.name(), Set.copyOf(entry.recordLogs()), former);
  }

  private void resume(JsonObject kept, Instant now) throws FormatException {
    forgottenAt = kept.optionalNumber("forgotten_at").map(Instant::ofEpochMilli);
    for (JsonObject one : kept.objects("signers")) {
      Watched signer = signers.get(one.string("name"));
      if (signer != null) {
        signer.quota.resume(one, now);
        signer.keptEighths = signer.quota.eighths();
        signer.trespasses = one.number("trespasses");
        signer.lastTrespass = Instant.ofEpochMilli(one.number("last_trespass"));
        signer.lastAsked = one.string("last_asked");
        signer.recordLogs.addAll(one.strings("record_logs"));
      }
    }
  }

  /** What keeps a signer from having more stated now; empty when nothing does. */
  public Optional<Answer.Refused> objection(String name, String command, Instant now) {
    return COUNTED.contains(command) && of(name).quota.isUsedUp(now)
        ? Optional.of(
            new Answer.Refused(
                Code.QUOTA,
                "this signer had so many more keys stated than rotation needs that the"
                    + " next one must wait, or an operator must revoke some"))
        : Optional.empty();
  }

  /** What a signer's command made of entries. */
  public void stated(String name, String command, long entries, Instant now) {
    if (entries == 0 || !COUNTED.contains(command)) {
      return;
    }
    Watched signer = of(name);
    boolean known = signer.quota.isExceeded(now);
    Optional<Instant> before = signer.quota.exceededAt();
    signer.quota.count(entries, now);
    boolean isNew = signer.quota.isExceeded(now) && !known;
    if (isNew) {
      LOG.log(System.Logger.Level.WARNING, flooded(name));
    }
    // Who watches has a finding for each day.
    boolean isNewDay = !day(signer.quota.exceededAt()).equals(day(before));
    if (isNew || isNewDay || signer.quota.eighths() != signer.keptEighths) {
      keep();
    }
  }

  private static Optional<Instant> day(Optional<Instant> time) {
    return time.map(at -> at.truncatedTo(ChronoUnit.DAYS));
  }

  /**
   * A signer asked for what is another's.
   *
   * @param asked for people
   * @return how many times the audit log has to hear of now; 0 when it has heard of one like it
   *     within {@link #EVENT_EVERY}
   */
  public long trespassed(String name, String command, String asked, Instant now) {
    Watched signer = of(name);
    boolean known = signer.isTrespasser(now);
    signer.trespasses = known ? signer.trespasses + 1 : 1;
    signer.lastTrespass = now;
    signer.lastAsked = asked;
    long times = signer.unsaid.merge(command, 1L, Long::sum);
    Instant last = signer.said.get(command);
    // Also after a clock that was put back.
    if (last != null && !now.isBefore(last) && now.isBefore(last.plus(EVENT_EVERY))) {
      return 0;
    }
    signer.said.put(command, now);
    signer.unsaid.remove(command);
    LOG.log(System.Logger.Level.WARNING, trespasser(name, signer));
    keep();
    return times;
  }

  /** The signer whose a log is, by the first part of its name: its own, or its record door's. */
  public String signerOf(String owner) {
    return signers.entrySet().stream()
        .filter(one -> one.getValue().recordLogs.contains(owner))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse(owner);
  }

  /** An operator took something back that is a signer's. */
  public void tookBack(String name) {
    Watched signer = signers.get(name);
    if (signer == null) {
      return;
    }
    signer.quota.makeRoom();
    signer.trespasses = 0;
    keep();
  }

  /** A ceremony may let other keys be stated, of all signers. */
  public void makeRoom() {
    signers.values().forEach(signer -> signer.quota.makeRoom());
    keep();
  }

  /** What an operator should look at. */
  public List<SignerAlarm> alarms(Instant now) {
    List<SignerAlarm> alarms = new ArrayList<>();
    if (isSomethingUnreadable()) {
      alarms.add(
          new SignerAlarm(
              Cause.FORGOTTEN,
              Optional.empty(),
              forgottenAt,
              "what the registrar remembered about signers could not be read, so"
                  + " earlier alarms are forgotten. Check counterfoil keys list and the"
                  + " audit log, then delete "
                  + UNREADABLE
                  + " in "
                  + disk));
    }
    signers.forEach(
        (name, signer) -> {
          if (signer.isTrespasser(now)) {
            alarms.add(
                new SignerAlarm(
                    Cause.NOT_ITS_OWN,
                    Optional.of(name),
                    Optional.of(signer.lastTrespass),
                    trespasser(name, signer)));
          }
          if (signer.quota.isExceeded(now)) {
            alarms.add(
                new SignerAlarm(
                    Cause.FLOOD, Optional.of(name), signer.quota.exceededAt(), flooded(name)));
          }
        });
    return alarms;
  }

  private static String flooded(String name) {
    return "signer "
        + name
        + " had many times more keys stated than rotation needs. An attacker may control"
        + " it. Check counterfoil keys list, and run counterfoil compromise "
        + name
        + ", or counterfoil keys revoke KID for unknown keys";
  }

  private static String trespasser(String name, Watched signer) {
    return "signer "
        + name
        + " asked for something that is not its own ("
        + signer.lastAsked
        + "; "
        + signer.trespasses
        + (signer.trespasses == 1 ? " time" : " times")
        + ", the last one at "
        + signer.lastTrespass
        + ") and was refused. An attacker may control it, or its entry in signers of the"
        + " registrar's configuration lacks a record log. If its keys may be stolen, run"
        + " counterfoil compromise "
        + name;
  }

  private Watched of(String name) {
    Watched signer = signers.get(name);
    if (signer == null) {
      throw new IllegalStateException("no signer is configured as " + name);
    }
    return signer;
  }

  /** A full disk keeps nobody from taking keys back: what is not kept now is at the next change. */
  public void keep() {
    List<JsonObject> all = new ArrayList<>();
    signers.forEach(
        (name, signer) -> {
          signer.keptEighths = signer.quota.eighths();
          all.add(
              signer
                  .quota
                  .toJson()
                  .put("name", name)
                  .put("trespasses", signer.trespasses)
                  .put("last_trespass", signer.lastTrespass.toEpochMilli())
                  .put("last_asked", signer.lastAsked)
                  .put("record_logs", List.copyOf(signer.recordLogs))
                  .build());
        });
    JsonObject.Builder kept = JsonObject.builder().put("signers", all);
    forgottenAt.ifPresent(at -> kept.put("forgotten_at", at.toEpochMilli()));
    String text = kept.build() + "\n";
    try {
      disk.replace(FILE, text.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "{0} in {1} cannot be written: {2}", FILE, disk, e);
    }
  }
}
