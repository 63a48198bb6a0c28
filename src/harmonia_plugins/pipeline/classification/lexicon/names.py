"""Given names and words that open a sentence without being one."""

from __future__ import annotations

from harmonia_plugins.pipeline.classification.lexicon.inflection import words

GIVEN_NAMES = words("""
    aaron abigail adam adrian agnes ahmed aisha alan albert alejandro alex alexander alexandra ali
    alice alison amanda amelia amir amy ana anders andrea andreas andrew andy angela anita ann anna
    anne annie anthony antonio arthur ashley audrey barbara beatrice ben benjamin bernard beth
    bianca bob bradley brandon brenda brian bruno carl carla carlos carmen carol caroline catherine
    cecilia charles charlie charlotte chen chloe chris christian christina christine christopher
    claire clara clare claudia colin connor craig cynthia dan daniel daniela dave david deborah
    denise dennis derek diana diego dominic donald donna dorothy douglas duncan dylan edith edward
    elena eleanor eli elias elizabeth ella ellen elliot emily emma enrique eric erik erin ethan eva
    evan evelyn fatima felix fiona florian frances francesca francis frank fred frederick gabriel
    gary george georgia gerald gina giulia gloria gordon graham greg gregory hannah hans harold
    harry hassan hazel heather heidi helen helena henry hugo ian ibrahim ingrid irene isaac isabel
    isabella ivan jack jackie jacob jake james jamie jan jane janet jason javier jean jeff jennifer
    jenny jeremy jessica jill jim joan joanna joe joel johan john jonathan jordan jorge jose joseph
    joshua juan judith judy julia julian julie jun kai karen karin karl kate katherine kathleen
    katie keith kelly ken kenneth kevin kim kyle lara lars laura lauren leah lena leo leon leonard
    lewis liam lily linda lisa louis louise lucas lucia lucy luis luke lydia magnus malcolm marc
    marco margaret maria marie marina mario marion mark marta martha martin mary mateo matt matthew
    max maya megan mei melanie melissa michael michelle miguel mike milan miriam mohammed monica
    nadia nancy naomi natalie natasha nathan neil nicholas nick nicole nigel nina noah nora norman
    oliver olivia omar oscar pablo pamela patricia patrick paul paula pedro peter philip phoebe
    priya rachel rafael raj ralph ravi raymond rebecca ricardo richard rita robert roberto robin
    roger ronald rosa rose ross roy ruth ryan sally sam samantha samuel sandra sara sarah scott sean
    sebastian sergio sharon sheila shirley simon sofia sonia sophia sophie stefan stella stephanie
    stephen steve steven stuart susan suzanne sven sylvia tania tanya tara teresa theo theresa
    thomas tim timothy tina tobias todd tom tony tracy ursula valentina valerie vanessa vera
    veronica victor victoria vincent virginia walter wei wendy william yasmin yuki yusuf zoe
""")
OPENERS = words("""
    a about according actually after again ah all almost also although always an and another any
    anyone anything apart apparently are aren as aside at back because before being besides both but
    by can could dear despite did do does don during each either even eventually ever every everyone
    everybody everything except far few finally first for forget fortunately from generally give
    good had has have having he hello hence her here hers hey hi his hm how however i if in indeed
    instead is it its just keep last lately later less let like lots luckily many may maybe me
    meanwhile might mine most mostly much must my myself neither never next nice no nobody none nor
    not nothing now of off oh ok okay on once one only or other others otherwise our ours out over
    part people per perhaps personally please plus probably quite rather really recently remember
    right sadly same second several shall she should similarly since so some somebody someday
    someone something sometimes soon sorry still strangely such suddenly sure thank thanks that the
    their theirs them then there therefore these they think this those though three through thus
    till to today together tomorrow tonight too two under unfortunately unless until up upon us user
    usually very was we well were what whatever when whenever where whereas wherever whether which
    while who whoever whom whose why will with within without would wow yeah yes yesterday yet you
    your yours honestly four five six seven eight nine ten half early late losing winning getting
    dr mr mrs ms miss sir professor prof am ill ve never-mind lol btw fyi imo tbh ugh wish call
    stop tell make use update correct answer reply respond speak start turn take put wait try
    """)
TITLES = words("mr mrs ms miss dr prof professor sir dame lord lady saint st aunt uncle captain")
