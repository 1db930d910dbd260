package dev.counterfoil.installation.doctor;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.process.settings.KeyProgramConfiguration;
import dev.counterfoil.signerprotocol.Commands;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * What can be had of a process that hangs, in one file for those who mend it: what it says of
 * itself, and what is seen from outside where it says nothing. No key is asked for and none is in
 * it; before it leaves the signing zone it still has to pass the dump gate.
 */
public final class DiagnosisBundle {
  private static final int LOG_BYTES_MAX = 256 * 1024;

  private final Map<String, String> files = new LinkedHashMap<>();
  private final List<String> missing = new ArrayList<>();

  private DiagnosisBundle() {}

  /**
   * Collects what can be had.
   *
   * @param log the file that takes what the process prints, where that is a file
   */
  public static DiagnosisBundle collect(
      KeyProgramConfiguration configuration,
      Path configurationFile,
      Optional<Path> log,
      Instant now)
      throws InterruptedException {
    DiagnosisBundle bundle = new DiagnosisBundle();
    bundle.said(configuration);
    Doctor.Examination examination = Doctor.examine(configuration, configurationFile);
    bundle.files.put("doctor.json", examination.toJson().toString());
    bundle.seen(examination.pid());
    log.ifPresent(bundle::tail);
    bundle.summary(examination, now);
    return bundle;
  }

  /** What could not be had, and why. */
  public List<String> missing() {
    return List.copyOf(missing);
  }

  private void said(KeyProgramConfiguration configuration) throws InterruptedException {
    Optional<JsonObject> told =
        Doctor.ask(configuration.process().adminSocket().path(), Commands.diagnose(), why -> {});
    if (told.isEmpty()) {
      missing.add(
          "the process's own report: "
              + configuration.process().adminSocket().path()
              + " does not answer, or this user may not ask there");
      return;
    }
    for (String section : told.get().names()) {
      if (told.get().get(section) instanceof JsonObject content) {
        files.put("said/" + section + ".json", content.toString());
        if (content.get("could_not") instanceof String why) {
          missing.add(section + ": " + why);
        }
      }
    }
  }

  private void seen(OptionalLong pid) {
    if (pid.isEmpty()) {
      missing.add("the process from outside: no process with this configuration was seen");
      return;
    }
    long of = pid.getAsLong();
    for (String name : List.of("status", "limits", "cgroup", "wchan")) {
      try {
        files.put("seen/" + name + ".txt", Files.readString(Path.of("/proc/" + of + "/" + name)));
      } catch (IOException e) {
        missing.add("/proc/" + of + "/" + name + ": " + e.getClass().getSimpleName());
      }
    }
    files.put("seen/threads.txt", String.join("\n", SeenProcess.threads(of)) + "\n");
  }

  private void tail(Path log) {
    try (InputStream in = Files.newInputStream(log)) {
      in.skipNBytes(Math.max(0, Files.size(log) - LOG_BYTES_MAX));
      files.put("log.txt", new String(in.readNBytes(LOG_BYTES_MAX), StandardCharsets.UTF_8));
    } catch (IOException e) {
      missing.add("the log " + log + ": " + e.getClass().getSimpleName());
    }
  }

  private void summary(Doctor.Examination examination, Instant now) {
    StringBuilder text = new StringBuilder();
    text.append(
        "%s of domain %s, pid %s, at %s%n"
            .formatted(
                examination.role(),
                examination.domain(),
                examination.pid().isPresent() ? examination.pid().getAsLong() : "not seen",
                now));
    text.append(
        examination.answered()
            ? "Its admin socket answers.\n"
            : "Its admin socket does not answer.\n");
    text.append("\nCould not be collected:\n");
    if (missing.isEmpty()) {
      text.append("  nothing: all of it is here\n");
    }
    missing.forEach(one -> text.append("  ").append(one).append('\n'));
    files.put("summary.txt", text.toString());
  }

  /** Writes it as a zip file that only its owner can read; one that is there is not overwritten. */
  public void write(Path to) throws IOException {
    Files.createFile(
        to, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(to))) {
      for (Map.Entry<String, String> file : files.entrySet()) {
        zip.putNextEntry(new ZipEntry(file.getKey()));
        zip.write(file.getValue().getBytes(StandardCharsets.UTF_8));
        zip.closeEntry();
      }
    }
  }
}
