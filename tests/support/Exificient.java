import com.siemens.ct.exi.core.CodingMode;
import com.siemens.ct.exi.core.EXIFactory;
import com.siemens.ct.exi.core.helpers.DefaultEXIFactory;
import com.siemens.ct.exi.grammars.GrammarFactory;
import com.siemens.ct.exi.main.api.sax.EXIResult;
import com.siemens.ct.exi.main.api.sax.EXISource;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.Transformer;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.sax.SAXSource;
import javax.xml.transform.stream.StreamResult;
import org.xml.sax.InputSource;
import org.xml.sax.XMLReader;
import org.xml.sax.helpers.XMLReaderFactory;

/**
 * The reference for tests: EXIficient with the options of V2G. Each line in is "SCHEMA decode HEX" or
 * "SCHEMA encode BASE64-OF-XML"; each line out is the XML in Base64, the message in hex, or "error" and why.
 */
public final class Exificient {
    private static final Map<String, EXIFactory> FACTORIES = new HashMap<>();

    private static EXIFactory factory(String schema) throws Exception {
        EXIFactory known = FACTORIES.get(schema);
        if (known == null) {
            known = DefaultEXIFactory.newInstance();
            known.setCodingMode(CodingMode.BIT_PACKED);
            known.setValuePartitionCapacity(0);
            known.setGrammars(GrammarFactory.newInstance().createGrammars(schema));
            FACTORIES.put(schema, known);
        }
        return known;
    }

    private static String decode(EXIFactory factory, String hex) throws Exception {
        byte[] data = new byte[hex.length() / 2];
        for (int i = 0; i < data.length; i++) {
            data[i] = (byte) Integer.parseInt(hex.substring(2 * i, 2 * i + 2), 16);
        }
        SAXSource source = new EXISource(factory);
        source.setInputSource(new InputSource(new ByteArrayInputStream(data)));
        Transformer transformer = TransformerFactory.newInstance().newTransformer();
        transformer.setOutputProperty(OutputKeys.ENCODING, "UTF-8");
        StringWriter text = new StringWriter();
        transformer.transform(source, new StreamResult(text));
        return Base64.getEncoder().encodeToString(text.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static String encode(EXIFactory factory, String base64) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        EXIResult result = new EXIResult(factory);
        result.setOutputStream(out);
        XMLReader reader = XMLReaderFactory.createXMLReader();
        reader.setContentHandler(result.getHandler());
        reader.parse(new InputSource(new ByteArrayInputStream(Base64.getDecoder().decode(base64))));
        StringBuilder hex = new StringBuilder();
        for (byte octet : out.toByteArray()) {
            hex.append(String.format("%02x", octet));
        }
        return hex.toString();
    }

    public static void main(String[] arguments) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        PrintStream out = new PrintStream(System.out, true, "US-ASCII");
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ");
            try {
                EXIFactory factory = factory(words[0]);
                out.println(words[1].equals("decode") ? decode(factory, words[2]) : encode(factory, words[2]));
            } catch (Exception | StackOverflowError error) {
                out.println("error " + String.valueOf(error).replaceAll("\\s+", " "));
            }
        }
    }
}
