package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.JsonObject;
import dev.counterfoil.testing.Distribution.Result;
import dev.counterfoil.testing.Distribution.Running;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The whole memory of an installation's processes, as root reads it, searched for its keys. */
final class WholeMemory {
  private static final int PAGE_BYTES = 4096;
  private static final int PAGEMAP_ENTRY_BYTES = 8;

  /** Present or swapped (Documentation/admin-guide/mm/pagemap.rst): the others were never used. */
  private static final long HAS_CONTENT = 3L << 62;

  private WholeMemory() {}

  static boolean canBeRead() {
    return Files.isReadable(Path.of("/proc/1/environ"));
  }

  /** The signer's memory has its keys, or the search is blind; the other processes' has none. */
  static void hasKeysOfTheSignerAlone(Path folder, Running running, String kid, String... others)
      throws Exception {
    List<String> names = new ArrayList<>(List.of(others));
    names.add("signer-main");
    List<String> command = new ArrayList<>(List.of("scan", "--json"));
    for (String name : names) {
      Path copy = folder.resolve(name + ".memory");
      copy(running.pid(name), copy);
      assertThat(Files.size(copy)).as(name).isGreaterThan(32 << 20);
      command.add(copy.toString());
    }
    Result scan = Distribution.run(folder, command.toArray(String[]::new));
    assertThat(scan.json().number("files")).isEqualTo(names.size());
    assertThat(scan.json().objects("unopened")).isEmpty();
    List<String> kids = new ArrayList<>();
    for (JsonObject finding : scan.json().objects("findings")) {
      // Others have keys of their own, such as that of the monitor's client.
      if (finding.truth("ours")) {
        assertThat(finding.string("path")).as(finding.toString()).contains("signer-main");
        kids.add(finding.string("kid"));
      }
    }
    assertThat(kids).contains(kid);
  }

  /** Copies all pages that have a content. */
  private static void copy(long pid, Path to) throws IOException {
    Path process = Path.of("/proc", Long.toString(pid));
    try (RandomAccessFile memory = new RandomAccessFile(process.resolve("mem").toFile(), "r");
        RandomAccessFile pages = new RandomAccessFile(process.resolve("pagemap").toFile(), "r");
        OutputStream out = Files.newOutputStream(to)) {
      for (String mapping : Files.readAllLines(process.resolve("maps"))) {
        String[] words = mapping.split(" +", -1);
        // What is nobody's to read holds nothing; the kernel's own pages are no memory of its.
        if (words[1].startsWith("r") && !mapping.contains("[v")) {
          String[] range = words[0].split("-", -1);
          copy(memory, pages, Long.parseLong(range[0], 16), Long.parseLong(range[1], 16), out);
        }
      }
    }
  }

  private static void copy(
      RandomAccessFile memory, RandomAccessFile pages, long from, long to, OutputStream out)
      throws IOException {
    ByteBuffer entries =
        ByteBuffer.allocate((int) ((to - from) / PAGE_BYTES * PAGEMAP_ENTRY_BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    pages.seek(from / PAGE_BYTES * PAGEMAP_ENTRY_BYTES);
    pages.readFully(entries.array());
    byte[] page = new byte[PAGE_BYTES];
    for (long at = from; at < to; at += PAGE_BYTES) {
      if ((entries.getLong() & HAS_CONTENT) != 0) {
        memory.seek(at);
        int read = memory.read(page);
        if (read > 0) {
          out.write(page, 0, read);
        }
      }
    }
  }
}
