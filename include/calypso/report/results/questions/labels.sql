-- What each figure is called, in the order in which figures are told.
select figure, label_en as en, label_fr as fr, label_es as es, label_nl as nl
from marts.dim_figures
order by position
