import { testGroup } from "./suite";

testGroup("conformance");
