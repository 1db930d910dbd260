package dev.counterfoil.operations.shipping;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.FormatException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Records of a file in each form, with the line of each. */
class FileRecordsTest {
  private static List<String> read(String text) throws IOException, FormatException {
    List<String> found = new ArrayList<>();
    try (FileRecords records =
        FileRecords.any(
            new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), "AuditData")) {
      for (FileRecords.Found one = records.next(); one != null; one = records.next()) {
        found.add(
            one.line()
                + " "
                + (one.fault() == null
                    ? new String(one.bytes(), StandardCharsets.UTF_8)
                    : one.fault()));
      }
      assertThat(records.next()).isNull();
      assertThat(records.bytesRead()).isEqualTo(text.getBytes(StandardCharsets.UTF_8).length);
    }
    return found;
  }

  @Test
  void linesOfJson() throws Exception {
    assertThat(read("{\"a\":1}\n\n  \r\n{\"b\":2}\r\nno json\n{}"))
        .containsExactly("1 {\"a\":1}", "4 {\"b\":2}\r", "5 no json", "6 {}");
    assertThat(read("\uFEFF{}\n")).containsExactly("1 {}");
    assertThat(read("")).isEmpty();
  }

  @Test
  void anArrayOfJson() throws Exception {
    assertThat(read(" [\n{\"a\":\"}\\\"[\"},\n {\n\"b\":[{}]}\n]\n"))
        .containsExactly("2 {\"a\":\"}\\\"[\"}", "3 {\n\"b\":[{}]}");
    assertThat(read("[]")).isEmpty();
  }

  @Test
  @SuppressWarnings("StringConcatToTextBlock") // the ends of lines are what is tested
  void csv() throws Exception {
    assertThat(
            read(
                "\uFEFFCreationDate,AuditData,\"Oper\nations\"\r\n"
                    + "x,\"{\"\"a\"\":1,\n\"\"b\"\":2}\",y\r\n"
                    + "too,few\r\n"
                    + "z,{},\n"))
        .containsExactly(
            "3 {\"a\":1,\n\"b\":2}", "5 a row has 2 fields, and there are 3 columns", "6 {}");
    assertThat(read("#TYPE Selected.PSObject\n\"AuditData\"\n\"{}\"")).containsExactly("3 {}");
  }

  @Test
  void aRecordThatIsTooLongIsAFaultOfItsOwn() throws Exception {
    String tooLong = "x".repeat(FileRecords.RECORD_BYTES_MAX + 1);
    String fault = "a record is longer than " + FileRecords.RECORD_BYTES_MAX + " bytes";
    assertThat(read("{\n" + tooLong + "\n{}")).containsExactly("1 {", "2 " + fault, "3 {}");
    assertThat(read("[{\"" + tooLong + "\":1},{}]")).containsExactly("1 " + fault, "1 {}");
    assertThat(read("AuditData\n" + tooLong + "\n{}")).containsExactly("2 " + fault, "3 {}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[{}{}]|line 1: a record is followed by neither a comma nor the end of the array",
        "[{},1]|line 1: the array contains something that is not an object",
        "[{},]|line 1: the array contains something that is not an object",
        "[{}|line 1: a record is followed by neither a comma nor the end of the array",
        "[{\"a\":|line 1: the file ends inside of a record",
        "[]x|line 1: there is something after the end of the array",
        "a,b|line 1: this is neither JSON nor CSV with one column called AuditData",
        "AuditData,AuditData|line 1: this is neither JSON nor CSV with one column called AuditData",
        "\"AuditData|line 1: the file ends inside quotes",
        "\"AuditData\"x|line 1: there is something after the end of a field",
        "AuditData\"x|line 1: there is a quote inside a field without quotes"
      })
  void whereNothingMoreCanBeReadTheLineIsNamed(String text, String fault) {
    assertThatThrownBy(() -> read(text)).isInstanceOf(FormatException.class).hasMessage(fault);
  }

  @Test
  void otherEncodingsAreNamed() {
    byte[] utf16 = "\uFEFF{}".getBytes(StandardCharsets.UTF_16LE);
    assertThatThrownBy(() -> FileRecords.lines(new ByteArrayInputStream(utf16)))
        .hasMessage("line 1: this is UTF-16. Save the file as UTF-8");
  }
}
